import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, SQS } from '@aws-sdk/client-sqs';
import { say } from '../terminal.ts';

/** A killed tool hides the messages that it held for this long. Tests set less. */
const HIDDEN_SECONDS = Number(process.env['DLQ_HIDDEN_SECONDS'] || 120);
/** A long poll queries all of SQS's servers, a short poll only some. Tests use short ones: the emulator is one server. */
const POLL_SECONDS = Number(process.env['DLQ_POLL_SECONDS'] ?? 1);
/** The limit of ReceiveMessage and ChangeMessageVisibilityBatch. */
const MAX_MESSAGES = 10;
/** Empty polls of a queue whose visible messages are all behind held ones. */
const MAX_EMPTY_POLLS = 2;
/** Time until a killed tool's messages are visible again and SQS's estimate includes them. */
const PATIENCE_MS = (HIDDEN_SECONDS + 5) * 1_000;
const CHECK_EVERY_MS = 1_000;

/** The messages of a queue that this process has received and neither deleted nor given back. */
export class HeldMessages {
  private readonly sqs: SQS;
  private readonly QueueUrl: string;
  /** The receipt handles by message id. */
  private readonly held = new Map<string, string | undefined>();

  constructor(sqs: SQS, queueUrl: string) {
    this.sqs = sqs;
    this.QueueUrl = queueUrl;
  }

  /** Receives up to ten messages that were not received before; none when there are no more. */
  async receive(signal: AbortSignal): Promise<Message[]> {
    // Held messages come back when their time is over. Once all of them have come back, there is nothing else.
    for (let empty = 0, known = 0; empty < MAX_EMPTY_POLLS && known <= this.held.size && !signal.aborted;) {
      const { received, fresh } = await this.poll();
      if (fresh.length > 0) return fresh;
      if (received > 0) known += received;
      else if ((await this.depth()).visible === 0) break;
      else empty += 1;
    }
    return [];
  }

  /** SQS's estimate of the messages in the queue. */
  async depth(): Promise<{ visible: number; inFlight: number }> {
    const { QueueUrl } = this;
    const { Attributes = {} } = await this.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
    const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: inFlight } = Attributes;
    return { visible: Number(visible), inFlight: Number(inFlight) };
  }

  /**
   * Waits, before the first receive, until no other process has messages in flight: the next message of an order must not
   * pass them. Resolves to the number that is still in flight.
   */
  async waitForOthers(signal: AbortSignal): Promise<number> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (let said = false; ; said = true) {
      const { inFlight } = await this.depth();
      if (inFlight === 0 || signal.aborted || performance.now() > untilMs) return inFlight;
      if (!said) say(`waiting for ${inFlight} messages that another process, or a killed run, has in flight`);
      await sleep(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      // The emulator notices only during a poll that a message's time is over.
      await this.poll();
      await this.giveBack();
    }
  }

  /** Deletes a message that has arrived elsewhere. Rejects unless SQS confirms it. */
  async delete({ MessageId = '' }: Message): Promise<void> {
    const ReceiptHandle = this.held.get(MessageId);
    await this.sqs.deleteMessage({ QueueUrl: this.QueueUrl, ReceiptHandle }).catch((cause: unknown) => {
      throw new Error('it has arrived but could not be deleted', { cause });
    });
    this.held.delete(MessageId);
  }

  /**
   * Makes all visible again, the last first, because each goes to the front of its group. After a failure the rest reappear later:
   * while SQS does not answer, each call takes a minute.
   */
  async giveBack(): Promise<void> {
    const handles = [...this.held.values()].toReversed();
    this.held.clear();
    for (let from = 0; from < handles.length; from += MAX_MESSAGES) {
      const Entries = handles
        .slice(from, from + MAX_MESSAGES)
        .map((ReceiptHandle, position) => ({ Id: String(position), ReceiptHandle, VisibilityTimeout: 0 }));
      const given = this.sqs.changeMessageVisibilityBatch({ QueueUrl: this.QueueUrl, Entries });
      if (!(await given.catch(() => undefined))) return;
    }
  }

  /** Receives and holds. After a repeated receive only the new receipt handle is valid. */
  private async poll(): Promise<{ received: number; fresh: Message[] }> {
    const { Messages = [] } = await this.sqs.receiveMessage({
      QueueUrl: this.QueueUrl,
      MaxNumberOfMessages: MAX_MESSAGES,
      VisibilityTimeout: HIDDEN_SECONDS,
      WaitTimeSeconds: POLL_SECONDS,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    const fresh = Messages.filter(({ MessageId = '' }) => !this.held.has(MessageId));
    for (const { MessageId = '', ReceiptHandle } of Messages) this.held.set(MessageId, ReceiptHandle);
    return { received: Messages.length, fresh };
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, SQS } from '@aws-sdk/client-sqs';
import { say } from '../terminal.ts';

/** For so long a killed tool hides the messages that it held. Tests wait less. */
const HIDDEN_SECONDS = Number(process.env['DLQ_HIDDEN_SECONDS'] || 120);
/** A long poll asks all of SQS's servers. */
const POLL_SECONDS = 1;
/** What ReceiveMessage and ChangeMessageVisibilityBatch take. */
const MAX_MESSAGES = 10;
/** So often a queue is polled that has messages, all of them behind those that are held. */
const MAX_EMPTY_POLLS = 2;
/** Until the messages of a killed tool are visible again, and SQS's estimate knows it. */
const PATIENCE_MS = (HIDDEN_SECONDS + 5) * 1_000;
const CHECK_EVERY_MS = 1_000;

/** The messages of a queue that this process has received and neither deleted nor given back. */
export class HeldMessages {
  private readonly sqs: SQS;
  private readonly QueueUrl: string;
  private readonly held = new Map<string, Message>();

  constructor(sqs: SQS, queueUrl: string) {
    this.sqs = sqs;
    this.QueueUrl = queueUrl;
  }

  /** Up to ten messages that were not received before; none when there are no more. */
  async receive(signal: AbortSignal): Promise<Message[]> {
    // A held message comes back when its time is over. One round of them shows that there is nothing else.
    for (let empty = 0, known = 0; empty < MAX_EMPTY_POLLS && known <= this.held.size && !signal.aborted;) {
      const { received, fresh } = await this.poll();
      if (fresh.length > 0) return fresh;
      if (received > 0) known += received;
      else if ((await this.depth()).visible === 0) break;
      else empty += 1;
    }
    return [];
  }

  /** How many messages the queue has, as SQS estimates it. Those in flight were received by somebody. */
  async depth(): Promise<{ visible: number; inFlight: number }> {
    const { QueueUrl } = this;
    const { Attributes = {} } = await this.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
    const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: inFlight } = Attributes;
    return { visible: Number(visible), inFlight: Number(inFlight) };
  }

  /**
   * Waits before the first message is received until no other process has messages in flight, as the next message of an
   * order must not pass them. Resolves to how many are still in flight.
   */
  async waitForOthers(signal: AbortSignal): Promise<number> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (let said = false; ; said = true) {
      const { inFlight } = await this.depth();
      if (inFlight === 0 || signal.aborted || performance.now() > untilMs) return inFlight;
      if (!said) say(`waiting for ${inFlight} messages that are in flight elsewhere, or were when a run was killed`);
      await sleep(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      // The emulator notices only when it is polled that a message's time is over.
      await this.poll();
      await this.giveBack();
    }
  }

  /** Deletes a message that has arrived elsewhere. Rejects unless SQS says that it is gone. */
  async delete({ MessageId = '' }: Message): Promise<void> {
    const ReceiptHandle = this.held.get(MessageId)?.ReceiptHandle;
    await this.sqs.deleteMessage({ QueueUrl: this.QueueUrl, ReceiptHandle }).catch((cause: unknown) => {
      throw new Error('it has arrived but could not be deleted', { cause });
    });
    this.held.delete(MessageId);
  }

  /** Gives all back at once, the last first, as each goes to the front of its group. What fails comes back later. */
  async giveBack(): Promise<void> {
    const messages = [...this.held.values()].toReversed();
    this.held.clear();
    for (let from = 0; from < messages.length; from += MAX_MESSAGES) {
      const Entries = messages
        .slice(from, from + MAX_MESSAGES)
        .map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle, VisibilityTimeout: 0 }));
      await this.sqs.changeMessageVisibilityBatch({ QueueUrl: this.QueueUrl, Entries }).catch(() => undefined);
    }
  }

  /** Receives and holds. Of a message that is received again only the new receipt handle is valid. */
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
    for (const message of Messages) this.held.set(message.MessageId ?? '', message);
    return { received: Messages.length, fresh };
  }
}

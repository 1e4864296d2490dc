import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Batcher } from '#libs/batching';

/** Longer than a look; a tool that was killed hides messages for so long. Tests wait less for that. */
const HIDDEN_SECONDS = Number(process.env['DLQ_HIDDEN_SECONDS'] || 120);
/** A long poll asks all of SQS's servers. */
const POLL_SECONDS = 1;
/** What ReceiveMessage and the batch calls take. */
const MOST = 10;
/** More than one run has in hand. */
const MOST_PENDING = 100_000;
/** A queue that says that there is more, all of it behind what is in hand, is asked so often. */
const MOST_EMPTY_POLLS = 2;

/** Until what a killed tool had in hand is there again, and SQS's estimate knows it. */
const PATIENCE_MS = (HIDDEN_SECONDS + 5) * 1_000;
const LOOK_EVERY_MS = 1_000;

/** How many messages a queue has, as SQS estimates it. */
export interface Depth {
  visible: number;
  /** In somebody's hands, so not to be seen now. */
  inFlight: number;
}

/** A dead-letter queue in this process's hands: what it has received and neither deleted nor given back. */
export class LetterBox {
  private readonly sqs: SQSClient;
  private readonly queueUrl: string;
  private readonly held = new Map<string, Message>();
  private readonly deletions = new Batcher<string, void>({
    maxItems: MOST,
    maxInFlight: 4,
    maxPending: MOST_PENDING,
    send: (handles) => this.deleteAll(handles),
  });

  constructor(sqs: SQSClient, queueUrl: string) {
    this.sqs = sqs;
    this.queueUrl = queueUrl;
  }

  /** Up to ten messages that this has not received before; none when there are no more. */
  async receive(signal?: AbortSignal): Promise<Message[]> {
    let empty = 0;
    // What is held comes back when its time is over: one round of it tells that there is nothing else.
    for (let known = 0; empty < MOST_EMPTY_POLLS && known <= this.held.size;) {
      if (signal?.aborted) break;
      const received = await this.poll();
      const fresh = received.filter(({ MessageId = '' }) => !this.held.has(MessageId));
      for (const message of received) this.held.set(message.MessageId ?? '', message);
      if (fresh.length > 0) return fresh;
      if (received.length > 0) known += received.length;
      else if ((await this.depth()).visible === 0) break;
      else empty += 1;
    }
    return [];
  }

  async depth(): Promise<Depth> {
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return {
      visible: Number(Attributes.ApproximateNumberOfMessages),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    };
  }

  /**
   * Waits for what others have in hand before this takes its first, as an order's next one must not pass it; answers how
   * many they have still.
   */
  async othersDone(signal: AbortSignal, say: (line: string) => void): Promise<number> {
    const until = performance.now() + PATIENCE_MS;
    for (let said = false; ; said = true) {
      const { inFlight } = await this.depth();
      if (inFlight === 0 || signal.aborted || performance.now() > until) return inFlight;
      if (!said) say(`waiting for ${inFlight} messages in somebody else’s hands, or of a run that was killed`);
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      // The emulator notices only when asked for messages that a time is over.
      for (const message of await this.poll()) this.held.set(message.MessageId ?? '', message);
      await this.giveBack();
    }
  }

  /** Rejects when SQS does not say that it is gone. */
  async delete({ MessageId = '' }: Message): Promise<void> {
    await this.deletions.add(this.held.get(MessageId)?.ReceiptHandle ?? '');
    this.held.delete(MessageId);
  }

  /** Gives all back at once, the last first, because each goes to the front of its order. What can not be comes back later. */
  async giveBack(): Promise<void> {
    const messages = [...this.held.values()].toReversed();
    this.held.clear();
    for (let from = 0; from < messages.length; from += MOST) {
      const Entries = messages.slice(from, from + MOST).map(({ ReceiptHandle }, position) => ({
        Id: String(position),
        ReceiptHandle,
        VisibilityTimeout: 0,
      }));
      await this.sqs
        .send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.queueUrl, Entries }))
        .catch(() => undefined);
    }
  }

  private async deleteAll(handles: readonly string[]): Promise<PromiseSettledResult<void>[]> {
    const Entries = handles.map((ReceiptHandle, position) => ({ Id: String(position), ReceiptHandle }));
    const { Failed = [] } = await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    return Entries.map(({ Id }) => {
      const failed = Failed.find((entry) => entry.Id === Id);
      return failed
        ? { status: 'rejected', reason: new Error(`SQS answers ${failed.Code}: ${failed.Message}`) }
        : { status: 'fulfilled', value: undefined };
    });
  }

  private async poll(): Promise<Message[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.queueUrl,
        MaxNumberOfMessages: MOST,
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: POLL_SECONDS,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    return Messages;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { Batcher } from '#libs/batching';
import type { EventConsumer } from '#libs/resources';
import type { replayMessageOf } from '#libs/orders';

export type ReplayMessage = ReturnType<typeof replayMessageOf>;

/** SendMessageBatch takes ten messages and 1 MiB in all. */
const MAX_ITEMS = 10;
const MAX_BYTES = 1_048_576;
/** Attributes and ids. */
const MESSAGE_OVERHEAD_BYTES = 1_000;
const MAX_ATTEMPTS = 6;
const RETRY_MS = 250;

/** A service's queue, to which messages go as raw delivery from the topic brings them. */
export class ConsumerQueue {
  readonly name: string;
  private readonly sqs: SQSClient;
  private readonly queueUrl: string;
  private readonly filterPolicy: EventConsumer['filterPolicy'];
  private readonly batcher: Batcher<ReplayMessage, void>;

  constructor(sqs: SQSClient, queueUrl: string, { name, filterPolicy }: EventConsumer) {
    this.name = name;
    this.sqs = sqs;
    this.queueUrl = queueUrl;
    this.filterPolicy = filterPolicy;
    this.batcher = new Batcher({
      maxItems: MAX_ITEMS,
      maxBytes: MAX_BYTES,
      sizeOf: ({ body }) => body.length + MESSAGE_OVERHEAD_BYTES,
      // A message that fails must not be passed by the next one of its order.
      keyOf: ({ groupId }) => groupId,
      maxInFlight: 4,
      maxPending: 1_000,
      send: (messages) => this.sendBatch(messages),
    });
  }

  /** Whether the topic would bring it: all values of an attribute in the policy are exact ones. */
  wants({ attributes }: ReplayMessage): boolean {
    const rules = Object.entries(this.filterPolicy ?? {});
    return rules.every(([name, values]) => values.includes(attributes[name as keyof typeof attributes]));
  }

  /** Resolves once SQS has it. A message that did not arrive is tried again, which its deduplication id allows. */
  async send(message: ReplayMessage): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.batcher.add(message);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || (error as RefusedMessage).final) throw error;
        await sleep(RETRY_MS * 2 ** attempt * Math.random());
      }
    }
  }

  private async sendBatch(messages: readonly ReplayMessage[]): Promise<PromiseSettledResult<void>[]> {
    const Entries = messages.map(entryOf);
    const answer = await this.sqs.send(new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    return Entries.map(({ Id }) => {
      if (answer.Successful?.some((one) => one.Id === Id)) return { status: 'fulfilled', value: undefined };
      const failed = answer.Failed?.find((one) => one.Id === Id);
      const said = failed ? `${failed.Code}: ${failed.Message ?? ''}` : 'nothing of it';
      return { status: 'rejected', reason: new RefusedMessage(`SQS says ${said}`, failed?.SenderFault === true) };
    });
  }
}

class RefusedMessage extends Error {
  override readonly name = 'RefusedMessage';
  /** Trying again does not help. */
  readonly final: boolean;

  constructor(message: string, final: boolean) {
    super(message);
    this.final = final;
  }
}

function entryOf({ groupId, deduplicationId, body, attributes }: ReplayMessage, position: number) {
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  return {
    Id: String(position),
    MessageBody: body,
    MessageGroupId: groupId,
    MessageDeduplicationId: deduplicationId,
    MessageAttributes,
  } satisfies SendMessageBatchRequestEntry;
}

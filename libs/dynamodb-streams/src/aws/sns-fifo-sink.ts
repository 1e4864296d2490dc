import {
  PublishBatchCommand,
  type PublishBatchCommandOutput,
  type PublishBatchRequestEntry,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { Batcher } from '#libs/batching';
import type { ChangeRecord } from '../change-stream.ts';
import {
  InvalidOptionError,
  NoMessageError,
  PublishFailedError,
  PublishRefusedError,
  StreamConsumerError,
} from '../errors.ts';
import type { PublishPermit, Sink } from '../sink.ts';
import { unlessAborted } from '../waiting.ts';

/** A message of an SNS FIFO topic. */
export interface FifoMessage {
  /** `MessageGroupId`, at most 128 characters; messages of one group keep their order. */
  groupId: string;
  /** `MessageDeduplicationId`, at most 128 characters; SNS drops a second one for five minutes. */
  deduplicationId: string;
  body: string;
  /** String message attributes, for filter policies. */
  attributes?: Record<string, string>;
}

/** What an {@link SnsFifoSink} needs. */
export interface SnsFifoSinkOptions {
  /**
   * With `maxAttempts: 1`: the consumer itself tries again, and asks before each try whether the shard is still its own;
   * a retry inside the SDK is not asked.
   */
  client: SNSClient;
  topicArn: string;
  /** The message of a record; `undefined` when the topic has no use for it. Throwing refuses the record for good. */
  toMessage: (record: ChangeRecord) => FifoMessage | undefined;
  /**
   * A PublishBatch call ends after this many milliseconds, whatever it waits for: credentials, a socket, the answer.
   * Whole, and below the consumer's `publishMarginMs`. Default 2,500.
   */
  callTimeoutMs?: number;
  /** Most PublishBatch calls at a time. Default 10. */
  maxCallsInFlight?: number;
  /** Most messages waiting for a call. Default 10,000. */
  maxPending?: number;
}

interface Outgoing {
  message: FifoMessage;
  permit: PublishPermit;
}

/** PublishBatch takes ten entries and 256 KB in all, message attributes included. */
const maxEntries = 10;
const maxBytes = 262_144;

/** Publishes to an SNS FIFO topic, ten messages a call, one of a group at a time; each message has its own outcome. */
export class SnsFifoSink implements Sink {
  private readonly client: SNSClient;
  private readonly topicArn: string;
  private readonly toMessage: SnsFifoSinkOptions['toMessage'];
  private readonly callTimeoutMs: number;
  private readonly batcher: Batcher<Outgoing, void>;

  /** @throws InvalidOptionError when the topic is not a FIFO topic, or the timeout not a whole number above 0 */
  constructor({ client, topicArn, toMessage, callTimeoutMs = 2_500, ...bounds }: SnsFifoSinkOptions) {
    if (!Number.isInteger(callTimeoutMs) || callTimeoutMs < 1) {
      throw new InvalidOptionError(`callTimeoutMs must be whole and above 0, got ${callTimeoutMs}`);
    }
    if (!topicArn.endsWith('.fifo')) throw new InvalidOptionError(`topicArn must end with .fifo, got ${topicArn}`);
    this.client = client;
    this.topicArn = topicArn;
    this.toMessage = toMessage;
    this.callTimeoutMs = callTimeoutMs;
    this.batcher = new Batcher({
      maxItems: maxEntries,
      maxBytes,
      sizeOf: ({ message }) => sizeOf(message),
      keyOf: ({ message }) => message.groupId,
      maxInFlight: bounds.maxCallsInFlight ?? 10,
      maxPending: bounds.maxPending ?? 10_000,
      send: (items) => this.send(items),
    });
  }

  async publish(record: ChangeRecord, permit: PublishPermit): Promise<void> {
    const message = this.messageOf(record);
    if (message) await this.batcher.add({ message, permit });
  }

  private messageOf(record: ChangeRecord): FifoMessage | undefined {
    const message = this.made(record);
    const odd = message && noTextOf(message);
    if (odd === undefined) return message;
    throw new NoMessageError(`expected a message of texts of record ${record.sequenceNumber}, ${odd} is no text`);
  }

  private made(record: ChangeRecord): FifoMessage | undefined {
    try {
      return this.toMessage(record);
    } catch (cause) {
      throw new NoMessageError(`expected a message of record ${record.sequenceNumber}, toMessage threw`, { cause });
    }
  }

  private async send(items: readonly Outgoing[]): Promise<PromiseSettledResult<void>[]> {
    // A message may have waited here while its shard's lease ran out.
    const permitted = items.filter(({ permit }) => permit.granted());
    const outcomes = new Map<Outgoing, PromiseSettledResult<void>>();
    if (permitted.length > 0) {
      const sent = await this.sendPermitted(permitted);
      permitted.forEach((item, position) => outcomes.set(item, sent[position] as PromiseSettledResult<void>));
    }
    return items.map((item) => outcomes.get(item) ?? rejected(notPermitted()));
  }

  private async sendPermitted(items: readonly Outgoing[]): Promise<PromiseSettledResult<void>[]> {
    const entries = items.map(({ message }, position) => toEntry(message, position));
    try {
      const answer = await this.call(entries);
      return entries.map(({ Id }) => outcomeOf(Id, answer));
    } catch (cause) {
      if (!(cause instanceof Error) || !isAboutContent(cause.name, cause.message))
        return entries.map(() => rejected(new PublishFailedError('PublishBatch failed', { cause })));
      // SNS refuses a whole call for one bad message. Alone, each shows whether it is the one.
      if (items.length > 1) return (await Promise.all(items.map((item) => this.send([item])))).flat();
      return [rejected(new PublishRefusedError('SNS refuses the message', { cause }))];
    }
  }

  /** The client asks the signal just before it sends, so a call that was given up is not sent later. */
  private async call(entries: PublishBatchRequestEntry[]): Promise<PublishBatchCommandOutput> {
    const publish = new PublishBatchCommand({ TopicArn: this.topicArn, PublishBatchRequestEntries: entries });
    const abortSignal = AbortSignal.timeout(this.callTimeoutMs);
    const answer = await unlessAborted(this.client.send(publish, { abortSignal }), abortSignal);
    if (answer) return answer;
    throw new StreamConsumerError(
      'CALL_TIMEOUT',
      `expected PublishBatch to answer within ${this.callTimeoutMs} ms, it did not`,
    );
  }
}

function toEntry({ groupId, deduplicationId, body, attributes = {} }: FifoMessage, position: number) {
  return {
    Id: String(position),
    Message: body,
    MessageGroupId: groupId,
    MessageDeduplicationId: deduplicationId,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    ),
  } satisfies PublishBatchRequestEntry;
}

/** Accepted is only what SNS names as accepted. */
function outcomeOf(
  id: string,
  { Successful = [], Failed = [] }: PublishBatchCommandOutput,
): PromiseSettledResult<void> {
  if (Successful.some(({ Id }) => Id === id)) return { status: 'fulfilled', value: undefined };
  const failed = Failed.find(({ Id }) => Id === id);
  if (!failed)
    return rejected(new PublishFailedError('expected an outcome of each message, SNS gave none of this one'));
  const { Code = 'no code', Message = '' } = failed;
  const message = `SNS answers ${Code}: ${Message}`;
  return rejected(isAboutContent(Code, Message) ? new PublishRefusedError(message) : new PublishFailedError(message));
}

function rejected(reason: Error): PromiseRejectedResult {
  return { status: 'rejected', reason };
}

function notPermitted(): StreamConsumerError {
  return new StreamConsumerError(
    'LEASE_LOST',
    'expected the shard to be still owned when its record is sent, it is not',
  );
}

/**
 * Whether SNS says that the message itself is wrong. `SenderFault` does not tell: it is also set for keys, permissions,
 * quotas and topics, which are the deployment's fault and no message's; those are waited out.
 */
function isAboutContent(code: string, message: string): boolean {
  const isInvalid =
    /^(InvalidParameter|InvalidParameterValue|ParameterValueInvalid|ValidationException|BatchRequestTooLong)(Exception)?$/;
  return isInvalid.test(code) && !/\b(Topic|Target)Arn\b/i.test(message);
}

/** Messages are made of what a table holds, which may be anything. */
function noTextOf({ groupId, deduplicationId, body, attributes = {} }: FifoMessage): string | undefined {
  const named = Object.entries(attributes).map(([name, value]) => [`attribute ${name}`, value] as const);
  const parts: (readonly [string, unknown])[] = [...Object.entries({ groupId, deduplicationId, body }), ...named];
  return parts.find(([, value]) => typeof value !== 'string')?.[0];
}

function sizeOf({ body, attributes = {} }: FifoMessage): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, value] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength('String') + Buffer.byteLength(value);
  }
  return bytes;
}

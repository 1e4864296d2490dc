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
  leaseLost,
  NoMessageError,
  PublishFailedError,
  PublishRefusedError,
  StreamConsumerError,
} from '../errors.ts';
import type { PublishPermit } from '../sink.ts';
import { callLimit } from './call-limit.ts';

/** A message of an SNS FIFO topic. */
export interface FifoMessage {
  /** `MessageGroupId`, at most 128 characters; messages of one group keep their order. */
  groupId: string;
  /** `MessageDeduplicationId`, at most 128 characters; SNS drops a repetition within five minutes. */
  deduplicationId: string;
  body: string;
  /** String message attributes, for filter policies. */
  attributes?: Record<string, string>;
}

/** Options of an {@link SnsFifoTopic}. */
export interface SnsFifoTopicOptions {
  /**
   * A client with `maxAttempts: 1`: the consumer itself retries, and checks before each attempt whether it still owns the
   * shard. A retry inside the SDK is not checked.
   */
  client: SNSClient;
  topicArn: string;
  /**
   * A PublishBatch call ends after this many milliseconds, whatever it waits for: credentials, a socket, the answer.
   * A whole number, below the consumer's `publishMarginMs`. Default 2,500.
   */
  callTimeoutMs?: number;
}

interface Outgoing {
  message: FifoMessage;
  permit: PublishPermit;
}

/** PublishBatch takes ten entries and 256 KB in all, message attributes included. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 262_144;
const MAX_CALLS_IN_FLIGHT = 10;
/** Most messages that wait for a call. */
const MAX_PENDING = 10_000;

/**
 * Returns the result of `toMessage`. Another attempt would have the same result, so a failure refuses the record permanently.
 *
 * @throws NoMessageError when `toMessage` throws
 */
export function makeOrRefuse<Made>(record: ChangeRecord, toMessage: (record: ChangeRecord) => Made): Made {
  try {
    return toMessage(record);
  } catch (cause) {
    throw new NoMessageError(`record ${record.sequenceNumber}: no message can be made`, { cause });
  }
}

/** Publishes to an SNS FIFO topic, ten messages a call, one of each group at a time. Each message has its own outcome. */
export class SnsFifoTopic {
  private readonly client: SNSClient;
  private readonly topicArn: string;
  private readonly withinLimit: ReturnType<typeof callLimit>;
  private readonly batcher: Batcher<Outgoing, void>;

  /** @throws InvalidOptionError when the topic is not a FIFO topic, or the timeout not a whole number above 0 */
  constructor({ client, topicArn, callTimeoutMs = 2_500 }: SnsFifoTopicOptions) {
    if (!topicArn.endsWith('.fifo')) throw new InvalidOptionError(`topicArn must end with .fifo, got ${topicArn}`);
    this.client = client;
    this.topicArn = topicArn;
    this.withinLimit = callLimit(callTimeoutMs);
    this.batcher = new Batcher({
      maxItems: MAX_ENTRIES,
      maxBytes: MAX_BYTES,
      sizeOf: ({ message }) => sizeOf(message),
      keyOf: ({ message }) => message.groupId,
      maxInFlight: MAX_CALLS_IN_FLIGHT,
      maxPending: MAX_PENDING,
      send: (items) => this.send(items),
    });
  }

  /**
   * Resolves when SNS has accepted the message.
   *
   * @param permit checked just before the message is sent, because the lease of its shard may expire while it waits here
   * @throws PublishFailedError, StreamConsumerError `LEASE_LOST`: another attempt may succeed
   * @throws PublishRefusedError when no attempt can succeed
   */
  async publish(message: FifoMessage, permit: PublishPermit): Promise<void> {
    const part = nonStringPartOf(message);
    if (part !== undefined) throw new NoMessageError(`message ${message.deduplicationId}: ${part} must be a string`);
    await this.batcher.add({ message, permit });
  }

  private async send(items: readonly Outgoing[]): Promise<PromiseSettledResult<void>[]> {
    const permitted = items.filter(({ permit }) => permit.granted());
    const outcomes = new Map<Outgoing, PromiseSettledResult<void>>();
    if (permitted.length > 0) {
      const sent = await this.sendPermitted(permitted);
      permitted.forEach((item, position) => outcomes.set(item, sent[position] as PromiseSettledResult<void>));
    }
    return items.map((item) => outcomes.get(item) ?? rejected(leaseLost('its record is sent')));
  }

  private async sendPermitted(items: readonly Outgoing[]): Promise<PromiseSettledResult<void>[]> {
    const entries = items.map(({ message }, position) => toEntry(message, position));
    try {
      const publish = new PublishBatchCommand({ TopicArn: this.topicArn, PublishBatchRequestEntries: entries });
      checkWhenSigned(publish, items);
      const answer = await this.withinLimit('PublishBatch', (options) => this.client.send(publish, options));
      return entries.map(({ Id }) => outcomeOf(Id, answer));
    } catch (cause) {
      if (StreamConsumerError.is(cause, 'LEASE_LOST')) return entries.map(() => rejected(cause));
      if (!(cause instanceof Error) || !isAboutContent(cause.name, cause.message))
        return entries.map(() => rejected(new PublishFailedError('PublishBatch failed', { cause })));
      // SNS refuses a whole call for one bad message. Sent in a call of its own, each message shows whether it is the bad one.
      if (items.length > 1) return (await Promise.all(items.map((item) => this.send([item])))).flat();
      return [rejected(new PublishRefusedError('SNS refuses the message', { cause }))];
    }
  }
}

/**
 * Checks the permits once more when the call is signed. Between the first check and the network the client may wait, for
 * credentials for example, and the process may be stopped. A request that was signed before the stop still leaves afterwards.
 */
function checkWhenSigned(publish: PublishBatchCommand, items: readonly Outgoing[]): void {
  publish.middlewareStack.add(
    (next) => (args) => {
      if (!items.every(({ permit }) => permit.granted())) throw leaseLost('its record is sent');
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'checkWhenSigned' },
  );
}

function rejected(reason: unknown): PromiseRejectedResult {
  return { status: 'rejected', reason };
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

/** A message counts as accepted only if SNS names it as accepted. */
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

/**
 * Whether SNS rejects the content of the message. `SenderFault` does not show that: it is also set for keys, permissions,
 * quotas and topics, which are wrong in the deployment, not in the message; those are waited out.
 */
function isAboutContent(code: string, message: string): boolean {
  const isInvalid =
    /^(InvalidParameter|InvalidParameterValue|ParameterValueInvalid|ValidationException|BatchRequestTooLong)(Exception)?$/;
  return isInvalid.test(code) && !/\b(Topic|Target)Arn\b/i.test(message);
}

/** Messages are made from the contents of a table, which may be anything. */
function nonStringPartOf({ groupId, deduplicationId, body, attributes = {} }: FifoMessage): string | undefined {
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

import { SendMessageBatchCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { Batcher } from '#libs/batching';
import type { PlaceOrderCommand } from '#libs/orders';

/** SendMessageBatch takes ten messages and 1 MiB in all. */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1_048_576;
/** 8 calls of 10 messages at about 10 ms each are 8,000 orders/s, more than one process takes in. */
const MAX_CALLS_IN_FLIGHT = 8;
/** At 8,000 orders/s half a second's worth; with the largest bodies (256 KB) 1 GB, with usual ones (2 KB) 8 MB. */
const MAX_PENDING = 4_000;
const MAX_GATHER_MS = 20;
/** Waiting at most 0.6 s and the call at most 1.2 s keep an answer under 2 s. */
const MAX_WAIT_MS = 600;
const CALL_TIMEOUT_MS = 1_200;

interface QueueMessage {
  body: string;
  bytes: number;
}

/** SQS did not acknowledge the message: whether it was taken is not known. */
export class NotAcknowledgedError extends Error {
  override name = 'NotAcknowledgedError';
}

/** The way into the orders queue: concurrent callers share few calls, a lone one never waits. */
export class OrdersQueue {
  private readonly messages: Batcher<QueueMessage, void>;

  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
  ) {
    this.messages = new Batcher({
      maxItems: MAX_MESSAGES,
      maxBytes: MAX_BYTES,
      sizeOf: ({ bytes }) => bytes,
      maxInFlight: MAX_CALLS_IN_FLIGHT,
      maxPending: MAX_PENDING,
      maxGatherMs: MAX_GATHER_MS,
      maxWaitMs: MAX_WAIT_MS,
      send: (messages) => this.send(messages),
    });
  }

  /**
   * Resolves when SQS has acknowledged this very message.
   * @throws BatcherError when the message was never sent, NotAcknowledgedError when its fate is unknown.
   */
  enqueue(command: PlaceOrderCommand): Promise<void> {
    const body = JSON.stringify(command);
    return this.messages.add({ body, bytes: Buffer.byteLength(body) });
  }

  /** Resolves when every message in hand has its answer. */
  idle(): Promise<void> {
    return this.messages.idle();
  }

  /** Whether SQS answers for this queue. */
  async probe(): Promise<void> {
    await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.queueUrl, AttributeNames: ['QueueArn'] }), {
      abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
  }

  private async send(messages: readonly QueueMessage[]): Promise<PromiseSettledResult<void>[]> {
    const Entries = messages.map(({ body }, position) => ({ Id: String(position), MessageBody: body }));
    const { Successful = [], Failed = [] } = await this.sqs
      .send(new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }), {
        abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      })
      .catch((cause: Error) => Promise.reject(new NotAcknowledgedError(`SQS: ${cause.name}`, { cause })));
    const acknowledged = new Set(Successful.map(({ Id }) => Id));
    const refusals = new Map(Failed.map(({ Id, Code }) => [Id, Code]));
    return Entries.map(({ Id }) =>
      acknowledged.has(Id)
        ? { status: 'fulfilled', value: undefined }
        : { status: 'rejected', reason: new NotAcknowledgedError(`SQS: ${refusals.get(Id) ?? 'no outcome'}`) },
    );
  }
}

import {
  type BatchResultErrorEntry,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Batcher } from '#libs/batching';
import type { ChangeOrderCommand, PlaceOrderCommand, RecordBatchCommand } from '#libs/order-requests';
import { asciiJson } from '#libs/orders';
import type { Telemetry, WorkSpan } from '#libs/service';

/** SendMessageBatch takes ten messages and 1 MiB in all. */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1_048_576;
/** 8 calls of 10 messages at about 10 ms each are 8,000 orders/s, more than one process takes in. */
const MAX_CALLS_IN_FLIGHT = 8;
/** At 8,000 orders/s half a second's worth. */
const MAX_PENDING = 4_000;
/** 2,000 usual bodies of 2 KB are 4 MB; this holds back a flood of the largest ones. */
const MAX_PENDING_BYTES = 64 * 1_048_576;
const MAX_GATHER_MS = 20;
/** The look-up's 0.1 s, 0.5 s of waiting and 1 s of the call leave 0.4 s of the 2 s in which an answer is promised. */
const MAX_WAIT_MS = 500;
const CALL_TIMEOUT_MS = 1_000;

/** What the worker is asked for. */
export type QueuedCommand = PlaceOrderCommand | ChangeOrderCommand | RecordBatchCommand;

interface QueueMessage {
  body: string;
  bytes: number;
}

/** SQS did not acknowledge the message: whether it was taken is not known. */
export class NotAcknowledgedError extends Error {
  override name = 'NotAcknowledgedError';
}

/** SQS refuses the message as it is: it was not taken, and sending it again does not help. */
export class MessageRefusedError extends Error {
  override name = 'MessageRefusedError';
}

/** The way into the orders queue: concurrent callers share few calls, a lone one never waits. */
export class OrdersQueue {
  private readonly messages: Batcher<QueueMessage, void>;
  private readonly destination: string;
  /** Commands that were handed in and have no answer yet. */
  private pending = 0;

  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
    private readonly telemetry: Pick<Telemetry<'api'>, 'metrics' | 'tracing'>,
  ) {
    this.destination = queueUrl.split('/').at(-1) as string;
    telemetry.metrics.gauge('PendingEnqueue', () => this.pending);
    this.messages = new Batcher({
      maxItems: MAX_MESSAGES,
      maxBytes: MAX_BYTES,
      sizeOf: ({ bytes }) => bytes,
      maxInFlight: MAX_CALLS_IN_FLIGHT,
      maxPending: MAX_PENDING,
      maxPendingBytes: MAX_PENDING_BYTES,
      maxGatherMs: MAX_GATHER_MS,
      maxWaitMs: MAX_WAIT_MS,
      send: (messages) => this.send(messages),
    });
  }

  /**
   * Resolves when SQS has acknowledged this very message.
   * @throws BatcherError when the message was never sent, NotAcknowledgedError when its fate is unknown,
   *   MessageRefusedError when SQS does not take it as it is.
   */
  async enqueue(command: QueuedCommand): Promise<void> {
    const span = this.beginSend(command);
    const body = asciiJson({ ...command, traceparent: span.traceparent });
    const beganMs = performance.now();
    this.pending += 1;
    try {
      await this.messages.add({ body, bytes: body.length });
      this.telemetry.metrics.record('EnqueueLatency', performance.now() - beganMs);
      span.end();
    } catch (error) {
      span.fail(error);
      throw error;
    } finally {
      this.pending -= 1;
    }
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

  private beginSend(command: QueuedCommand): WorkSpan {
    return this.telemetry.tracing.begin(`send ${this.destination}`, {
      kind: 'producer',
      parent: command.traceparent,
      attributes: {
        'messaging.system': 'aws_sqs',
        'messaging.operation.type': 'send',
        'messaging.operation.name': 'send',
        'messaging.destination.name': this.destination,
        'order.command': command.type,
        'order.id': 'orderId' in command ? command.orderId : undefined,
      },
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
    const failures = new Map(Failed.map((failure) => [failure.Id, failure]));
    return Entries.map(({ Id }) =>
      acknowledged.has(Id)
        ? { status: 'fulfilled', value: undefined }
        : { status: 'rejected', reason: errorOf(failures.get(Id)) },
    );
  }
}

function errorOf(failure: BatchResultErrorEntry | undefined): Error {
  const { Code = 'no outcome', Message = '', SenderFault = false } = failure ?? {};
  const text = `SQS: ${Code} ${Message}`;
  return SenderFault && !/thrott/i.test(Code) ? new MessageRefusedError(text) : new NotAcknowledgedError(text);
}

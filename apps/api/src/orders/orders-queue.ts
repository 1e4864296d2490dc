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
import { Problem, RETRY_SOON } from '../http/problem.ts';

const LIMITS = {
  /** SendMessageBatch takes ten messages and 1 MiB in all. */
  maxItems: 10,
  maxBytes: 1_048_576,
  /** 8 calls of 10 messages that take about 10 ms are 8,000 orders/s, more than one process accepts. */
  maxInFlight: 8,
  /** 400 commands of single requests (`Overload`) and 100 rows of each of 8 batches. */
  maxPending: 1_200,
  /** 1,200 usual bodies of 2 KB are 2.4 MB; this bounds a flood of the largest ones. */
  maxPendingBytes: 64 * 1_048_576,
  maxGatherMs: 5,
  /** An answer is promised in 2 s: 0.1 s of lookup, 0.5 s of waiting and 1 s of the call leave 0.4 s. */
  maxWaitMs: 500,
};
const CALL_TIMEOUT_MS = 1_000;

/** A message to the worker. */
export type QueuedCommand = PlaceOrderCommand | ChangeOrderCommand | RecordBatchCommand;

interface QueueMessage {
  body: string;
  bytes: number;
}

/** SQS did not acknowledge the message; it may or may not have taken it. */
export class NotAcknowledgedError extends Problem {
  override name = 'NotAcknowledgedError';

  constructor(cause: unknown) {
    const detail = 'the request was not acknowledged in time; send it again with the same Idempotency-Key';
    super('unavailable', detail, { cause, headers: RETRY_SOON });
  }
}

/** Sends commands to the worker. Concurrent callers share calls to SQS; a single caller never waits for others. */
export class OrdersQueue {
  private readonly messages: Batcher<QueueMessage, void>;
  private readonly destination: string;
  private waiting = 0;

  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
    private readonly telemetry: Pick<Telemetry<'api'>, 'metrics' | 'tracing'>,
  ) {
    this.destination = queueUrl.split('/').at(-1) as string;
    telemetry.metrics.gauge('PendingEnqueue', () => this.waiting);
    this.messages = new Batcher({ ...LIMITS, sizeOf: ({ bytes }) => bytes, send: (messages) => this.send(messages) });
  }

  /**
   * Resolves when SQS has acknowledged this message.
   * @throws BatcherError when the message was never sent, NotAcknowledgedError when SQS may or may not have taken it, Error
   *   when SQS refuses it for good.
   */
  async enqueue(command: QueuedCommand): Promise<void> {
    const span = this.beginSend(command);
    const body = asciiJson({ ...command, traceparent: span.traceparent });
    const startMs = performance.now();
    this.waiting += 1;
    try {
      await this.messages.add({ body, bytes: body.length });
      this.telemetry.metrics.record('EnqueueLatency', performance.now() - startMs);
      span.end();
    } catch (error) {
      span.fail(error);
      throw error;
    } finally {
      this.waiting -= 1;
    }
  }

  /** The number of commands that wait for their acknowledgement. */
  get pending(): number {
    return this.waiting;
  }

  /** Resolves when every message has its acknowledgement. */
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
      .catch((cause: unknown) => Promise.reject(new NotAcknowledgedError(cause)));
    const acknowledged = new Set(Successful.map(({ Id }) => Id));
    const failures = new Map(Failed.map((failure) => [failure.Id, failure]));
    return Entries.map(({ Id }) =>
      acknowledged.has(Id)
        ? { status: 'fulfilled', value: undefined }
        : { status: 'rejected', reason: errorOf(failures.get(Id)) },
    );
  }
}

/** With SenderFault, SQS has not taken the message, and sending it again does not help; except for throttling. */
function errorOf(failure: BatchResultErrorEntry | undefined): Error {
  const { Code = 'no outcome', Message = '', SenderFault = false } = failure ?? {};
  const error = new Error(`SQS: ${Code} ${Message}`);
  return SenderFault && !/thrott/i.test(Code) ? error : new NotAcknowledgedError(error);
}

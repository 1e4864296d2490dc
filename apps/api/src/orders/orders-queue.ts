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
  /** 8 calls of 10 messages at about 10 ms each are 8,000 orders/s, more than one process takes in. */
  maxInFlight: 8,
  /** At 8,000 orders/s half a second's worth. */
  maxPending: 4_000,
  /** 2,000 usual bodies of 2 KB are 4 MB; this holds back a flood of the largest ones. */
  maxPendingBytes: 64 * 1_048_576,
  maxGatherMs: 20,
  /** The look-up's 0.1 s, 0.5 s of waiting and 1 s of the call leave 0.4 s of the 2 s in which an answer is promised. */
  maxWaitMs: 500,
};
const CALL_TIMEOUT_MS = 1_000;

/** What the worker is asked to do. */
export type QueuedCommand = PlaceOrderCommand | ChangeOrderCommand | RecordBatchCommand;

interface QueueMessage {
  body: string;
  bytes: number;
}

/** SQS did not acknowledge the message: whether it was taken is not known. */
export class NotAcknowledgedError extends Problem {
  override name = 'NotAcknowledgedError';

  constructor(cause: unknown) {
    const detail = 'the request was not acknowledged in time; send it again with the same Idempotency-Key';
    super('unavailable', detail, { cause, headers: RETRY_SOON });
  }
}

/** Sends commands to the worker: concurrent callers share few calls, a lone one never waits. */
export class OrdersQueue {
  private readonly messages: Batcher<QueueMessage, void>;
  private readonly destination: string;
  /** Commands that wait for their acknowledgement. */
  private pending = 0;

  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
    private readonly telemetry: Pick<Telemetry<'api'>, 'metrics' | 'tracing'>,
  ) {
    this.destination = queueUrl.split('/').at(-1) as string;
    telemetry.metrics.gauge('PendingEnqueue', () => this.pending);
    this.messages = new Batcher({ ...LIMITS, sizeOf: ({ bytes }) => bytes, send: (messages) => this.send(messages) });
  }

  /**
   * Resolves when SQS has acknowledged this very message.
   * @throws BatcherError when the message was never sent, NotAcknowledgedError when its fate is unknown, Error when SQS
   *   refuses it as it is.
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

  /** Resolves when no message waits for its acknowledgement. */
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

/** A message that SQS refuses for the sender's fault was not taken, and sending it again does not help. */
function errorOf(failure: BatchResultErrorEntry | undefined): Error {
  const { Code = 'no outcome', Message = '', SenderFault = false } = failure ?? {};
  const error = new Error(`SQS: ${Code} ${Message}`);
  return SenderFault && !/thrott/i.test(Code) ? error : new NotAcknowledgedError(error);
}

import { setTimeout } from 'node:timers/promises';
import { ChangeMessageVisibilityBatchCommand, type Message, SQSClient } from '@aws-sdk/client-sqs';
import { BaseRpcContext, type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { Consumer } from 'sqs-consumer';
import { OrderError } from '#libs/orders';
import { sqsClientOptions, type HealthCheck, type HealthReport, type Logger } from '#libs/service';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { dispositionOf, retryDelaySeconds } from './failure.ts';
import type { WorkerConfig } from './worker.config.ts';

/** What ReceiveMessage takes at most. */
const BATCH_SIZE = 10;
const LONG_POLL_SECONDS = 20;
/** Another worker may have a message this long after its holder died; heartbeats renew it for one that works. */
const VISIBILITY_TIMEOUT_SECONDS = 30;
const HEARTBEAT_SECONDS = 10;
/** Two table calls of at most 6 s each, then the deletion. */
const DRAIN_TIMEOUT_MS = 20_000;
const FAILED_POLL_PAUSE_MS = 1_000;
/** A poller that has not finished a poll for this long (three long polls) hangs. */
const STALE_POLL_MS = 60_000;

/** Long polls take a socket each for 20 s, so they have a client of their own. */
export function createOrdersQueueTransport(config: WorkerConfig, logger: Logger): OrdersQueueTransport {
  const receiving = { requestTimeoutMs: 25_000, maxAttempts: 1, maxSockets: 2 * config.WORKER_POLLERS };
  const parking = new SQSClient(sqsClientOptions({ requestTimeoutMs: 3_000, maxAttempts: 3, maxSockets: 10 }));
  return new OrdersQueueTransport(
    {
      queueUrl: config.ORDERS_QUEUE_URL,
      pollers: config.WORKER_POLLERS,
      visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
    },
    new SQSClient(sqsClientOptions(receiving)),
    new DeadLetterQueue(parking, config.ORDERS_DLQ_URL),
    logger,
  );
}

export interface OrdersQueueTransportOptions {
  queueUrl: string;
  /** Receive loops side by side. */
  pollers: number;
  /** How long a message is hidden from other workers, again and again while it is in hand. */
  visibilityTimeoutSeconds: number;
  /** Between renewals of that; less than the timeout. */
  heartbeatSeconds: number;
}

/**
 * Nest's way in from the orders queue: receives messages in tens, gives each to the handler of its `type`, and
 * acknowledges those that were handled or parked. The others come back after a delay.
 */
export class OrdersQueueTransport extends Server implements CustomTransportStrategy {
  readonly health: HealthCheck = { name: 'ordersQueue', required: true, check: () => this.report() };
  private readonly pollers: { consumer: Consumer; handling: boolean }[] = [];
  private lastPollAt = Date.now();
  private pollError: string | undefined;
  private closed: Promise<void> | undefined;

  constructor(
    private readonly options: OrdersQueueTransportOptions,
    private readonly sqs: SQSClient,
    private readonly deadLetters: DeadLetterQueue,
    private readonly log: Logger,
  ) {
    super();
  }

  listen(callback: () => void): void {
    for (let started = 0; started < this.options.pollers; started += 1) this.startPoller();
    callback();
  }

  /** Stops receiving, then waits until each message in hand was handled and acknowledged. */
  close(): Promise<void> {
    this.closed ??= this.stopPollers();
    return this.closed;
  }

  on(): never {
    throw new Error('this transport has no events of its own');
  }

  unwrap(): never {
    throw new Error('this transport gives no client away');
  }

  private async stopPollers(): Promise<void> {
    const stopped = this.pollers.map(
      ({ consumer, handling }) =>
        new Promise<void>((resolve) => {
          consumer.once('stopped', () => resolve());
          // An abort would also cut off the deletion of messages in hand, so it is for an empty poll only.
          consumer.stop({ abort: !handling });
        }),
    );
    await Promise.all(stopped);
  }

  private startPoller(): void {
    const consumer = Consumer.create({
      sqs: this.sqs,
      queueUrl: this.options.queueUrl,
      batchSize: BATCH_SIZE,
      waitTimeSeconds: LONG_POLL_SECONDS,
      visibilityTimeout: this.options.visibilityTimeoutSeconds,
      heartbeatInterval: this.options.heartbeatSeconds,
      messageSystemAttributeNames: ['ApproximateReceiveCount'],
      pollingCompleteWaitTimeMs: DRAIN_TIMEOUT_MS,
      // sqs-consumer polls again at once after most failures.
      preReceiveMessageCallback: () => (this.pollError ? setTimeout(FAILED_POLL_PAUSE_MS) : Promise.resolve()),
      handleMessageBatch: (messages) => {
        poller.handling = true;
        return this.handleBatch(messages);
      },
    });
    const poller = { consumer, handling: false };
    const polled = (error?: Error) => {
      poller.handling = false;
      this.pollError = error?.message;
      if (!error) this.lastPollAt = Date.now();
    };
    consumer.on('response_processed', () => polled());
    consumer.on('empty', () => polled());
    consumer.on('error', (error) => {
      if (!consumer.status.isRunning) return;
      polled(error);
      this.log.warn({ err: error }, 'queue_call_failed');
    });
    this.pollers.push(poller);
    consumer.start();
  }

  private async handleBatch(messages: Message[]): Promise<Message[]> {
    const done = await Promise.all(messages.map((message) => this.settle(message)));
    const left = messages.filter((_, position) => !done[position]);
    if (left.length > 0) await this.delay(left);
    return messages.filter((_, position) => done[position]);
  }

  /** Whether the message is done with: handled, or parked. */
  private async settle(message: Message): Promise<boolean> {
    const receiveCount = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
    const fields = { messageId: message.MessageId, receiveCount };
    try {
      await this.dispatch(message);
      return true;
    } catch (error) {
      const disposition = dispositionOf(error, receiveCount);
      if (disposition.retry) {
        this.log.warn({ ...fields, err: error }, 'message_left');
        return false;
      }
      return this.park(message, disposition.reason, disposition.detail, fields);
    }
  }

  private async dispatch(message: Message): Promise<void> {
    const document = parseBody(message.Body ?? '');
    const handler = this.getHandlerByPattern(document.type);
    if (!handler) throw new Error(`no handler for commands of type ${JSON.stringify(document.type.slice(0, 100))}`);
    const result: unknown = await handler(document, new BaseRpcContext([message]));
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }

  private async park(message: Message, reason: Parameters<DeadLetterQueue['park']>[1], detail: string, fields: object) {
    try {
      await this.deadLetters.park(message, reason, detail);
      this.log.error({ ...fields, reason, detail }, 'message_parked');
      return true;
    } catch (error) {
      this.log.error({ ...fields, reason, err: error }, 'message_park_failed');
      return false;
    }
  }

  /** Fails quietly: a message whose delay could not be set comes back when its visibility timeout ends. */
  private async delay(messages: Message[]): Promise<void> {
    const Entries = messages.map(({ ReceiptHandle, Attributes }, position) => ({
      Id: String(position),
      ReceiptHandle,
      VisibilityTimeout: retryDelaySeconds(Number(Attributes?.ApproximateReceiveCount ?? 1)),
    }));
    try {
      await this.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.options.queueUrl, Entries }));
    } catch (error) {
      this.log.warn({ err: error }, 'message_delay_failed');
    }
  }

  private report(): HealthReport {
    const silentMs = Date.now() - this.lastPollAt;
    if (this.pollError) return { status: 'down', detail: this.pollError };
    if (silentMs > STALE_POLL_MS) return { status: 'down', detail: `no poll finished for ${silentMs} ms` };
    return { status: 'up' };
  }
}

function parseBody(body: string): { type: string } {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch (cause) {
    throw new OrderError('MALFORMED_COMMAND', 'expected a command as JSON, got a body that is not JSON', { cause });
  }
  if (typeof document === 'object' && document !== null && 'type' in document && typeof document.type === 'string') {
    return document as { type: string };
  }
  throw new OrderError('MALFORMED_COMMAND', 'expected a JSON object with a text `type`');
}

import { setTimeout } from 'node:timers/promises';
import { ChangeMessageVisibilityBatchCommand, type Message, SQSClient } from '@aws-sdk/client-sqs';
import { BaseRpcContext, type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { Consumer } from 'sqs-consumer';
import { DEAD_LETTER_ATTRIBUTES } from '#libs/orders';
import { type HealthCheck, type HealthReport, type Telemetry, type WorkSpan } from '#libs/service';
import { OrdersDeadLetters } from './orders-dead-letters.ts';
import { type Disposition, dispositionOf } from './failure.ts';
import {
  type HandlingOutcome,
  continued,
  logFieldsOf,
  MAX_TYPE_LENGTH,
  readCommand,
  type ReceivedCommand,
  startCommandSpan,
} from './received-command.ts';
import { pollingSqsClient } from './polling-sqs-client.ts';
import type { WorkerConfig } from './worker.config.ts';

/** The most that ReceiveMessage returns. */
const BATCH_SIZE = 10;
const LONG_POLL_SECONDS = 20;
/** When a worker dies, others receive its messages after this time. A worker that lives renews it by heartbeats. */
const VISIBILITY_TIMEOUT_SECONDS = 30;
const HEARTBEAT_SECONDS = 10;
/** Longer than a batch takes unless the table hangs. Messages still in flight then come back and are recognised. */
const DRAIN_TIMEOUT_MS = 20_000;
const FAILED_POLL_PAUSE_MS = 1_000;
/** The delay after which a message that could not be dead-lettered comes back. */
const DEAD_LETTER_RETRY_SECONDS = 10;
const MAX_LOGGED_DETAIL = 500;
/** If no poller finishes a poll for this long (three long polls), they hang. */
const STALE_POLL_MS = 60_000;

export function createOrdersQueueTransport(config: WorkerConfig, telemetry: Telemetry<'worker'>): OrdersQueueTransport {
  const sqs = pollingSqsClient(config.WORKER_POLLERS, config.SQS_CALLS);
  return new OrdersQueueTransport(
    {
      queueUrl: config.ORDERS_QUEUE_URL,
      pollers: config.WORKER_POLLERS,
      visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      unexpectedRetrySeconds: config.UNEXPECTED_RETRY_SECONDS,
    },
    sqs,
    new OrdersDeadLetters(sqs, config.ORDERS_DLQ_URL),
    telemetry,
  );
}

export interface OrdersQueueTransportOptions {
  queueUrl: string;
  /** Parallel receive loops. */
  pollers: number;
  /** How long a received message is hidden from other workers, renewed while it is in flight. */
  visibilityTimeoutSeconds: number;
  /** The time between renewals; less than the visibility timeout. */
  heartbeatSeconds: number;
  /** The least time between the tries of a message that fails unexpectedly. */
  unexpectedRetrySeconds: number;
}

/** A message to delete, or, with a delay, a message that comes back. */
interface Settled {
  message: Message;
  delaySeconds?: number;
}

type FinalDisposition = Extract<Disposition, { retry: false }>;

/**
 * Nest's transport for the orders queue: receives up to ten messages at a time, calls the handler of each message's
 * `type`, and deletes the messages that were handled or dead-lettered. The others come back after a delay.
 */
export class OrdersQueueTransport extends Server implements CustomTransportStrategy {
  readonly health: HealthCheck = { name: 'ordersQueue', required: true, check: () => this.report() };
  private readonly pollers: { consumer: Consumer; handling: boolean }[] = [];
  private readonly log: Telemetry<'worker'>['logger'];
  private readonly destination: string;
  private lastPollAt = Date.now();
  private pollError: string | undefined;
  private closed: Promise<void> | undefined;

  constructor(
    private readonly options: OrdersQueueTransportOptions,
    private readonly sqs: SQSClient,
    private readonly deadLetters: OrdersDeadLetters,
    private readonly telemetry: Telemetry<'worker'>,
  ) {
    super();
    this.log = telemetry.logger;
    this.destination = options.queueUrl.split('/').at(-1) as string;
  }

  listen(callback: () => void): void {
    for (let started = 0; started < this.options.pollers; started += 1) this.startPoller();
    callback();
  }

  /** Stops receiving, then waits until the messages in flight are handled and deleted. */
  close(): Promise<void> {
    this.closed ??= this.stopPollers();
    return this.closed;
  }

  on(): never {
    throw new Error('this transport has no events');
  }

  unwrap(): never {
    throw new Error('this transport exposes no client');
  }

  private async stopPollers(): Promise<void> {
    const stopped = this.pollers.map(
      ({ consumer, handling }) =>
        new Promise<void>((resolve) => {
          consumer.once('stopped', () => resolve());
          // An abort would also cut off the deletion of messages in flight, so only an empty poll is aborted.
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
      messageAttributeNames: [DEAD_LETTER_ATTRIBUTES.redriven],
      pollingCompleteWaitTimeMs: DRAIN_TIMEOUT_MS,
      // sqs-consumer polls again at once after most failures.
      preReceiveMessageCallback: () => (this.pollError ? setTimeout(FAILED_POLL_PAUSE_MS) : Promise.resolve()),
      handleMessageBatch: (messages) => {
        poller.handling = true;
        return this.handleBatch(messages);
      },
    });
    const poller = { consumer, handling: false };
    const polled = () => {
      poller.handling = false;
      this.pollError = undefined;
      this.lastPollAt = Date.now();
    };
    consumer.on('response_processed', polled);
    consumer.on('empty', polled);
    consumer.on('error', (error, messages) => {
      if (!consumer.status.isRunning) return;
      // With messages, a heartbeat or a deletion has failed, and the messages are still in flight.
      if (!messages) this.pollError = error.message;
      this.log.warn({ err: error }, 'queue_call_failed');
    });
    this.pollers.push(poller);
    consumer.start();
  }

  private async handleBatch(messages: Message[]): Promise<Message[]> {
    const settled = await Promise.all(messages.map((message) => this.settle(message)));
    const left = settled.filter((outcome) => outcome.delaySeconds !== undefined);
    if (left.length > 0) await this.delay(left);
    return settled.filter(({ delaySeconds }) => delaySeconds === undefined).map(({ message }) => message);
  }

  /** Handles or dead-letters a message, or returns the delay after which it is to come back. */
  private async settle(message: Message): Promise<Settled> {
    const receiveCount = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
    let command: ReceivedCommand | undefined;
    let span: WorkSpan | undefined;
    try {
      command = readCommand(message.Body ?? '');
      span = startCommandSpan(this.telemetry.tracing, this.destination, command, message);
      const outcome = await this.dispatch(continued(command, span), message);
      span.end({ 'order.outcome': outcome });
      return { message };
    } catch (error) {
      const settled = await this.settleFailure(error, message, receiveCount, command);
      span?.fail(error, {
        'order.outcome': settled.delaySeconds === undefined ? 'message_dead_lettered' : 'message_left',
      });
      return settled;
    }
  }

  private async settleFailure(
    error: unknown,
    message: Message,
    receiveCount: number,
    command: ReceivedCommand | undefined,
  ): Promise<Settled> {
    const fields = { messageId: message.MessageId, receiveCount, ...logFieldsOf(command) };
    const disposition = dispositionOf(error, receiveCount, this.options.unexpectedRetrySeconds);
    if (!disposition.retry && (await this.deadLetter(message, disposition, fields))) return { message };
    const delaySeconds = disposition.retry ? disposition.delaySeconds : DEAD_LETTER_RETRY_SECONDS;
    this.log.warn({ ...fields, delaySeconds, err: error }, 'message_left');
    this.telemetry.metrics.count('MessagesLeft');
    return { message, delaySeconds };
  }

  /** Calls the handler of the command, which returns its outcome. */
  private async dispatch(command: ReceivedCommand, message: Message): Promise<HandlingOutcome | undefined> {
    // `getHandlerByPattern` tries to parse the type as JSON, which takes 4 % of the worker's CPU time.
    const handler = this.getHandlers().get(command.type);
    if (!handler) {
      throw new Error(`no handler for commands of type ${JSON.stringify(command.type.slice(0, MAX_TYPE_LENGTH))}`);
    }
    const result: unknown = await handler(command, new BaseRpcContext([message]));
    const outcome = isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
    return outcome as HandlingOutcome | undefined;
  }

  private async deadLetter(message: Message, { code, detail }: FinalDisposition, fields: object): Promise<boolean> {
    try {
      await this.deadLetters.add(message, code, detail);
      this.log.error({ ...fields, code, detail: detail.slice(0, MAX_LOGGED_DETAIL) }, 'message_dead_lettered');
      this.telemetry.metrics.count('DeadLettered', { Reason: code });
      return true;
    } catch (error) {
      this.log.error({ ...fields, code, err: error }, 'message_dead_letter_failed');
      return false;
    }
  }

  /** Never rejects: a message whose delay could not be set comes back when its visibility timeout ends. */
  private async delay(left: Settled[]): Promise<void> {
    const Entries = left.map(({ message, delaySeconds }, position) => ({
      Id: String(position),
      ReceiptHandle: message.ReceiptHandle,
      VisibilityTimeout: delaySeconds,
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

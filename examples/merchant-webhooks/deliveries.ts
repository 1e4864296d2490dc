import { type Message, SendMessageCommand } from '@aws-sdk/client-sqs';
import { OrderEventError, readOrderEvent, type ReceivedOrderEvent } from '#libs/order-events';
import type { Hide, Queue } from '../consumer/queue-consumer.ts';
import type { DeliveryState } from './delivery-state.ts';
import { type Endpoint, wants } from './endpoints.ts';
import { type Answer, type Connecting, postWebhook } from './post-webhook.ts';

/** Requests to one endpoint at once. From its first failure on, it gets one at a time, after a pause. */
const MAX_REQUESTS = { working: 4, failing: 1 };

/**
 * SQS looks for message groups only among the first 120,000 messages of a FIFO queue. An order has about six events, so these are
 * half of that.
 */
const MAX_WAITING_ORDERS = 10_000;

/** SQS hides a message for at most 12 hours after its receive. */
const MAX_HIDDEN_MS = 12 * 3_600_000 - 60_000;
const AFTER_FAILURE = { minMs: 5_000, maxMs: MAX_HIDDEN_MS };
const WHILE_BUSY = { minMs: 1_000, maxMs: 300_000 };
const DAY_MS = 86_400_000;
/** SQS deletes a message 14 days after it was sent. It may have waited most of them behind an earlier event of its order. */
const GIVE_UP_AFTER_DAYS = { received: 3, sent: 10 };

export interface Dependencies extends Queue {
  readonly endpoints: readonly Endpoint[];
  readonly state: DeliveryState;
  readonly connecting: Connecting;
  readonly nowMs: () => number;
  readonly maxWaitingOrders?: number;
}

/**
 * Takes the messages of the queue. An event of the topic is sent to the same queue once more for each endpoint that wants it, in the
 * message group `{endpoint}/{order}`. Such a delivery is hidden until the endpoint has accepted it: until then SQS gives out no
 * later message of its group, and no other group waits.
 */
export class Deliveries {
  private readonly dependencies: Dependencies;
  private readonly lanes: ReadonlyMap<string, Lane>;

  constructor(dependencies: Dependencies) {
    this.dependencies = dependencies;
    const lanes = dependencies.endpoints.map((endpoint) => ({
      endpoint,
      requests: 0,
      pausedUntilMs: 0,
      lastFailure: '',
      waiting: new Set<string>(),
    }));
    this.lanes = new Map(lanes.map((lane) => [lane.endpoint.id, lane]));
  }

  async take(message: Message): Promise<Hide | undefined> {
    const { state, log } = this.dependencies;
    let received: ReceivedOrderEvent;
    try {
      received = readOrderEvent(message.Body ?? '');
    } catch (error) {
      if (!(error instanceof OrderEventError)) throw error;
      return this.deadLetter(message, error.code, error.message);
    }
    const id = message.MessageAttributes?.['endpoint']?.StringValue;
    if (id === undefined) return this.fanOut(message, received);
    const lane = this.lanes.get(id);
    lane?.waiting.delete(message.MessageId!);
    const isOld = state.deliveredVersion(id, received.orderId) >= received.version;
    if (lane && !isOld && !state.isDisabled(id)) return this.deliver(message, received, lane);
    const reason = isOld ? 'DELIVERED_BEFORE' : lane ? 'ENDPOINT_DISABLED' : 'ENDPOINT_REMOVED';
    log('webhook_skipped', { endpoint: id, webhook: received.event.id, reason });
    return undefined;
  }

  private async fanOut(message: Message, received: ReceivedOrderEvent): Promise<undefined> {
    const { endpoints, queueUrl } = this.dependencies;
    const { orderId, event, replay = '' } = received;
    const wanting = endpoints.filter((endpoint) => wants(endpoint, received));
    const send = ({ id }: Endpoint) =>
      this.send(queueUrl, message, `${id}/${orderId}`, `${id}/${event.id}/${replay}`, { endpoint: id });
    await Promise.all(wanting.map(send));
  }

  private async deliver(message: Message, received: ReceivedOrderEvent, lane: Lane): Promise<Hide | undefined> {
    const { connecting, nowMs } = this.dependencies;
    const { endpoint, failingSinceMs } = lane;
    const startedMs = nowMs();
    const pauseMs = lane.pausedUntilMs - startedMs;
    if (pauseMs > 0) return this.retry(message, lane, pauseMs, lane.lastFailure);
    if (lane.requests >= (failingSinceMs === undefined ? MAX_REQUESTS.working : MAX_REQUESTS.failing))
      return this.hide(message, lane, backOffMs(startedMs - firstReceivedMs(message), WHILE_BUSY), 'it is busy');
    lane.requests += 1;
    const content = { webhookId: `${received.event.id}:${endpoint.id}`, body: message.Body ?? '', nowMs: startedMs };
    const answer = await postWebhook(endpoint, content, connecting).catch(failed);
    lane.requests -= 1;
    return this.settle(message, received, lane, answer);
  }

  private async settle(
    message: Message,
    { event, orderId, version }: ReceivedOrderEvent,
    lane: Lane,
    { status, retryAfterMs, reason = `it answered ${status}` }: Answer,
  ): Promise<Hide | undefined> {
    const { state, log, nowMs } = this.dependencies;
    const { id, url } = lane.endpoint;
    const about = { endpoint: id, host: url.host, webhook: event.id };
    if (status === 410) {
      state.disable(id, new Date(nowMs()).toISOString());
      log('endpoint_disabled', { ...about, reason, enableWith: `main.ts --enable ${id}` });
      return undefined;
    }
    if (status >= 200 && status < 300) {
      state.recordDelivery(id, orderId, version);
      // A pause goes on: another request may have been answered with Retry-After meanwhile.
      lane.failingSinceMs = undefined;
      log('webhook_delivered', about);
      return undefined;
    }
    lane.failingSinceMs ??= nowMs();
    lane.lastFailure = reason;
    const waitMs = (sinceMs: number) => Math.max(retryAfterMs, backOffMs(nowMs() - sinceMs, AFTER_FAILURE));
    lane.pausedUntilMs = nowMs() + waitMs(lane.failingSinceMs);
    log('webhook_failed', { ...about, reason, pausedUntil: new Date(lane.pausedUntilMs).toISOString() });
    return this.retry(message, lane, waitMs(firstReceivedMs(message)), reason);
  }

  /** Hides a message until its next attempt, or gives it up after some days. */
  private async retry(message: Message, lane: Lane, waitMs: number, reason: string): Promise<Hide | undefined> {
    const daysSince = (startMs: number) => Math.floor((this.dependencies.nowMs() - startMs) / DAY_MS);
    const sent = daysSince(Number(message.Attributes?.SentTimestamp));
    if (daysSince(firstReceivedMs(message)) >= GIVE_UP_AFTER_DAYS.received || sent >= GIVE_UP_AFTER_DAYS.sent)
      return this.deadLetter(message, 'NOT_DELIVERED', `given up ${sent} days after it was sent: ${reason}`);
    // Some longer than others, so that not all messages of an endpoint come back together.
    return this.hide(message, lane, waitMs * (1 + Math.random() / 10), reason);
  }

  private async hide(message: Message, { waiting }: Lane, waitMs: number, reason: string): Promise<Hide | undefined> {
    const { maxWaitingOrders = MAX_WAITING_ORDERS } = this.dependencies;
    if (waiting.size >= maxWaitingOrders)
      return this.deadLetter(message, 'NOT_DELIVERED', `given up behind ${waiting.size} waiting orders: ${reason}`);
    waiting.add(message.MessageId!);
    return { hideSeconds: Math.ceil(Math.min(waitMs, MAX_HIDDEN_MS) / 1000) };
  }

  /** Moves a message to the dead-letter queue, with the attributes that `npm run dlq` shows. */
  private async deadLetter(message: Message, code: string, detail: string): Promise<undefined> {
    const { queueUrl, log, nowMs } = this.dependencies;
    const { MessageId: originalMessageId = '', Attributes: { MessageGroupId = '' } = {} } = message;
    const reason = { code, detail, originalMessageId, deadLetteredAt: new Date(nowMs()).toISOString() };
    const deadLetters = queueUrl.replace(/\.fifo$/, '-dlq.fifo');
    await this.send(deadLetters, message, MessageGroupId, originalMessageId, reason);
    log('message_dead_lettered', reason);
  }

  private async send(
    QueueUrl: string,
    { Body: MessageBody, MessageAttributes }: Message,
    MessageGroupId: string,
    MessageDeduplicationId: string,
    added: Readonly<Record<string, string>>,
  ): Promise<void> {
    const texts = Object.entries(added).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]);
    const attributes = { ...MessageAttributes, ...Object.fromEntries(texts) };
    const ids = { MessageGroupId, MessageDeduplicationId };
    await this.dependencies.sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody, ...ids, MessageAttributes: attributes }),
    );
  }
}

/** The requests to one endpoint. */
interface Lane {
  readonly endpoint: Endpoint;
  requests: number;
  /** The first failure since the last success. */
  failingSinceMs?: number | undefined;
  pausedUntilMs: number;
  /** Why it is paused. */
  lastFailure: string;
  /** The ids of its hidden messages. */
  readonly waiting: Set<string>;
}

/** An error of several addresses has only a code. */
const failed = ({ message, code = '' }: Error & { code?: string }): Answer => ({
  status: 0,
  retryAfterMs: 0,
  reason: message || code,
});

/** The start of the back-off. Receives are not counted: a message is also received while its endpoint is paused or busy. */
const firstReceivedMs = ({ Attributes }: Message) => Number(Attributes?.ApproximateFirstReceiveTimestamp);

/** The next wait is as long as all the time since the start, less up to a quarter by chance: about twice the last wait. */
function backOffMs(sinceStartMs: number, { minMs, maxMs }: typeof AFTER_FAILURE): number {
  return Math.min(Math.max(sinceStartMs, minMs), maxMs) * (1 - Math.random() / 4);
}

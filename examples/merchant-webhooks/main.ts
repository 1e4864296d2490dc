// Posts order events to the endpoints of merchants: README.md in this folder.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { logOf } from '../consumer/queue-consumer.ts';
import { Deliveries } from './deliveries.ts';
import { DeliveryState } from './delivery-state.ts';
import { readEndpoints } from './endpoints.ts';
import { followQueue } from './follow-queue.ts';
import { resolveByDns } from './public-address.ts';

/** The queue hides a received message for 30 s: longer than an attempt and the calls of SQS around it. */
const ATTEMPT_TIMEOUT_MS = 15_000;

/** SQS hides at most 120,000 messages of a FIFO queue: 12 endpoints that are down for days leave the others their messages. */
const MAX_WAITING = 10_000;

const { QUEUE = 'merchant-webhooks.fifo', DATABASE = 'merchant-webhooks.db', WEBHOOK_ENDPOINTS } = process.env;
const allowLoopback = process.env['WEBHOOK_ALLOW_LOOPBACK'] === 'true';

const log = logOf('merchant-webhooks');

async function run(state: DeliveryState): Promise<void> {
  if (!WEBHOOK_ENDPOINTS) throw new Error('WEBHOOK_ENDPOINTS must name a file: examples/merchant-webhooks/README.md');
  const endpoints = readEndpoints(readFileSync(WEBHOOK_ENDPOINTS, 'utf8'), allowLoopback);
  // Longer than a long poll. Calls go to the client's endpoint: an emulator's queue URL may name a host that only it knows.
  const requestHandler = { connectionTimeout: 1_000, requestTimeout: 30_000 };
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, requestHandler });
  const urlOf = async (QueueName: string) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl!;
  const queueUrl = await urlOf(QUEUE);
  const deadLetterQueueUrl = await urlOf(QUEUE.replace(/\.fifo$/, '-dlq.fifo'));
  const connecting = { resolve: resolveByDns, allowLoopback, attemptTimeoutMs: ATTEMPT_TIMEOUT_MS };
  const queues = { sqs, queueUrl, deadLetterQueueUrl, maxWaiting: MAX_WAITING };
  const deliveries = new Deliveries({ ...queues, endpoints, state, connecting, log, nowMs: Date.now });
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());
  const shown = endpoints.map(({ id, url }) => ({ id, host: url.host, disabled: state.isDisabled(id) }));
  log('service_started', { queue: QUEUE, endpoints: shown });
  await followQueue({ sqs, queueUrl, log, signal: stopping.signal }, (message) => deliveries.handle(message));
  sqs.destroy();
  log('service_stopped');
}

try {
  const { enable } = parseArgs({ options: { enable: { type: 'string' } } }).values;
  const state = new DeliveryState(DATABASE);
  if (!enable) await run(state);
  else {
    state.enable(enable);
    log('endpoint_enabled', { endpoint: enable });
  }
  state.close();
} catch (error) {
  log('start_failed', { errors: (error as Error).message.split('\n') });
  process.exitCode = 1;
}

// Posts order events to the endpoints of merchants. See README.md.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { logOf, type Queue, required, runSubscriber, type Take } from '../consumer/queue-consumer.ts';
import { Deliveries } from './deliveries.ts';
import { DeliveryState } from './delivery-state.ts';
import { readEndpoints } from './endpoints.ts';
import { resolveByDns } from './public-address.ts';

/** The queue hides a received message for 30 s: longer than an attempt and the calls of SQS around it. */
const ATTEMPT_TIMEOUT_MS = 15_000;

/** 16 endpoints can hang at four requests each, before the others wait. */
const MOST_AT_ONCE = 64;

const allowLoopback = process.env['WEBHOOK_ALLOW_LOOPBACK'] === 'true';

function start(queue: Queue): Take {
  const endpoints = readEndpoints(readFileSync(required('WEBHOOK_ENDPOINTS'), 'utf8'), allowLoopback);
  const state = new DeliveryState(required('DATABASE'));
  for (const { id, url } of endpoints) {
    queue.log('endpoint_configured', { id, host: url.host, disabled: state.isDisabled(id) });
  }
  const connecting = { resolve: resolveByDns, allowLoopback, attemptTimeoutMs: ATTEMPT_TIMEOUT_MS };
  const deliveries = new Deliveries({ ...queue, endpoints, state, connecting, nowMs: Date.now });
  return (message) => deliveries.take(message);
}

const { enable } = parseArgs({ options: { enable: { type: 'string' } } }).values;
if (enable) {
  new DeliveryState(required('DATABASE')).enable(enable);
  logOf('merchant-webhooks')('endpoint_enabled', { endpoint: enable });
} else {
  await runSubscriber('merchant-webhooks', start, MOST_AT_ONCE);
}

import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { aFreshOrder } from '#libs/orders';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { postOnce } from '../../api-call.ts';
import { percentile } from '../../statistics.ts';
import type { Violate } from '../fuzz-result.ts';
import { REPEAT } from './attacks.ts';

const ORDERS_A_SECOND = 25;
const PATIENCE_MS = 10_000;
const RETRY_AFTER_MS = 2_000;

/**
 * Starts customers who place orders at a steady rate, on new and on kept connections. Returns a function that stops them and
 * returns their figures.
 */
export async function startGoodClients(pipeline: LocalPipeline, violate: Violate) {
  const token = await pipeline.token('good-customer', 'retail');
  const url = new URL('/v1/orders', pipeline.apiUrl);
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: false })];
  const tookMs: number[] = [];
  const placed: Promise<void>[] = [];
  let repeated = 0;

  const place = async (n: number): Promise<void> => {
    const agent = agents[n % agents.length]!;
    const request = { agent, url, token, idempotencyKey: randomUUID(), body: aFreshOrder(), patienceMs: PATIENCE_MS };
    let answer = await postOnce(request);
    // With 503 the api demands a repetition with the same key, because the order was not acknowledged in time.
    if (answer.status === 503) {
      repeated += 1;
      await sleep(RETRY_AFTER_MS);
      answer = await postOnce(request);
    }
    tookMs.push(answer.tookMs);
    if (answer.status !== 202) violate(`a good client's order was not accepted: ${JSON.stringify(answer)}`, REPEAT);
  };

  const timer = setInterval(() => placed.push(place(placed.length)), 1_000 / ORDERS_A_SECOND);
  return async () => {
    clearInterval(timer);
    await Promise.all(placed);
    agents.forEach((agent) => agent.destroy());
    const at = (hundredths: number): number => Math.round(percentile(tookMs, hundredths));
    return { orders: placed.length, repeated, p50Ms: at(50), p99Ms: at(99), worstMs: at(100) };
  };
}

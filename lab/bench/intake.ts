import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type LocalIssuer, startLocalIssuer } from '../../local/auth/local-issuer.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { sideBySide } from '../pace.ts';
import { placeOrders, type Target } from './load/load.ts';
import { type Work, withService } from './stations.ts';
import type { Limits } from './task-limits.ts';
import { rateBetween, readingOf } from './task-rate.ts';

/** Our api, our api with an enqueue in memory, the peer, and the peer without token checks. */
export const intakes = ['ours', 'limit', 'peer', 'peerWithoutTokens'] as const;
export type IntakeName = (typeof intakes)[number];

export interface IntakeSizes {
  clients: number;
  /** Fewer orders for an intake with a call for each order, which takes several times as long. */
  warmUpOrders: Readonly<Partial<Record<IntakeName, number>>>;
  orders: Readonly<Partial<Record<IntakeName, number>>>;
  /** The nearly idle part. Default: none. */
  lowLoad?: { rate: number; orders: number };
}

export type IntakeRound = Awaited<ReturnType<typeof intakeRound>>;

const ENQUEUE_IN_MEMORY = pathToFileURL(join(import.meta.dirname, 'enqueue-in-memory.ts')).href;
const READY_MS = 30_000;
const TOKENS_AT_A_TIME = 16;
/** Enough clients for shared calls as in a rush, few enough that no order waits for another. */
const SOAK_CLIENTS = 64;

/** Starts an issuer of tokens for all rounds. */
export async function withIssuer<Result>(work: (issuer: LocalIssuer) => Promise<Result>): Promise<Result> {
  const [port = 0] = await freePorts(1);
  const issuer = await startLocalIssuer({ port });
  try {
    return await work(issuer);
  } finally {
    await issuer.stop();
  }
}

/** Places orders at our api, and follows it meanwhile. */
export function apiUnderLoad(orders: number, follow: Work<void>): Promise<void> {
  return withIssuer((issuer) =>
    withIntake('ours', { issuer }, async (target, app, stub) => {
      await Promise.all([placeOrders(target, orders, { clients: SOAK_CLIENTS }), follow(app, stub)]);
    }),
  );
}

/** Measures one intake: after a warm-up, at saturation and nearly idle. */
export function intakeRound(name: IntakeName, issuer: LocalIssuer, sizes: IntakeSizes) {
  const { clients, lowLoad } = sizes;
  const { [name]: orders = 0 } = sizes.orders;
  return withIntake(name, { issuer }, async (target, app, stub) => {
    await placeOrders(target, sizes.warmUpOrders[name] ?? 0, { clients });
    const from = await readingOf(app, stub);
    const saturated = await placeOrders(target, orders, { clients });
    const rate = rateBetween(from, await readingOf(app, stub), orders);
    const nearlyIdle = lowLoad && (await placeOrders(target, lowLoad.orders, lowLoad));
    return {
      rate,
      /** The milliseconds of each order, at saturation and at low load. */
      saturatedMs: saturated.tookMs,
      lowLoadMs: nearlyIdle?.tookMs ?? [],
      /** The number of orders that had to be sent again. */
      unavailable: saturated.unavailable,
    };
  });
}

type IntakeWork<Result> = (target: Target, ...running: Parameters<Work<Result>>) => Promise<Result>;

/** Runs an intake for orders of this many customers. Default: one. */
export function withIntake<Result>(
  name: IntakeName,
  { issuer, customers = 1, limits }: { issuer: LocalIssuer; customers?: number; limits?: Limits },
  work: IntakeWork<Result>,
): Promise<Result> {
  const variant = name === 'ours' || name === 'limit' ? 'ours' : 'peer';
  const env = { PEER_AUTHENTICATION: name === 'peerWithoutTokens' ? 'off' : 'on' };
  const nodeArguments = name === 'limit' ? ['--import', ENQUEUE_IN_MEMORY] : [];
  return withService('api', { variant, issuer, env, nodeArguments, limits }, async (app, stub) => {
    await app.healthy(READY_MS);
    const tokens = await sideBySide(TOKENS_AT_A_TIME, customers, (n) => issuer.token(`cust-${n + 1}`, 'retail'));
    return work({ url: `http://127.0.0.1:${app.port}/v1/orders`, tokens }, app, stub);
  });
}

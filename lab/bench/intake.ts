import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appEnvironments } from '../../local/apps.ts';
import { type LocalIssuer, startLocalIssuer } from '../../local/auth/local-issuer.ts';
import { defaultPorts } from '../../local/ports.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { waitUntilReady } from './app-readiness.ts';
import { type Load, placeOrders } from './load/load.ts';
import { end, startApp, startPeer } from './measured-process.ts';
import { startStub, type StubProcess, stubResources } from './stub-process.ts';
import { rateBetween, readingOf, type TaskRate } from './task-rate.ts';

/** Who takes orders in: our api, the same with the enqueue answered in memory, the peer, the peer without token checks. */
export const intakes = ['ours', 'limit', 'peer', 'peerWithoutTokens'] as const;
export type IntakeName = (typeof intakes)[number];

export interface IntakeSizes {
  clients: number;
  /** Fewer of one that makes a call for each order, and so takes several times as long. */
  warmUpOrders: Readonly<Partial<Record<IntakeName, number>>>;
  orders: Readonly<Partial<Record<IntakeName, number>>>;
  /** Without it there is no nearly idle part. */
  lowLoad?: { rate: number; orders: number };
}

export interface IntakeRound {
  rate: TaskRate;
  /** Milliseconds of each order at saturation, and at low load. */
  saturatedMs: number[];
  lowLoadMs: number[];
  /** Orders that had to be sent again. */
  unavailable: number;
}

const ENQUEUE_IN_MEMORY = pathToFileURL(join(import.meta.dirname, 'limit/enqueue-in-memory.ts')).href;
/** As many as arrive while one is answered, and some. */
const LOW_LOAD_CLIENTS = 8;

/** The issuer of tokens, shared by all rounds. */
export async function startIssuer(): Promise<LocalIssuer> {
  const [port = 0] = await freePorts(1);
  return startLocalIssuer({ port });
}

/** Enough for calls to be shared as in a rush, few enough that an order waits for no other. */
const RATE_CLIENTS = 64;
const WARM_UP = 0.2;

/** What our api alone needs for an order. */
export async function apiRate(orders: number): Promise<TaskRate> {
  const issuer = await startIssuer();
  const warmUpOrders = Math.round(orders * WARM_UP);
  const sizes = {
    clients: RATE_CLIENTS,
    warmUpOrders: { ours: warmUpOrders },
    orders: { ours: orders - warmUpOrders },
  };
  try {
    return (await intakeRound('ours', issuer, sizes)).rate;
  } finally {
    await issuer.stop();
  }
}

/** Our api, while so many orders are placed. */
export async function apiUnderLoad(orders: number, follow: Follow<void>): Promise<void> {
  const issuer = await startIssuer();
  try {
    await withIntake('ours', issuer, async ({ app, stub, load }) => {
      await Promise.all([placeOrders({ ...load, clients: RATE_CLIENTS, orders }), follow(app, stub)]);
    });
  } finally {
    await issuer.stop();
  }
}

/** One intake, warmed up, saturated, then nearly idle. */
export function intakeRound(name: IntakeName, issuer: LocalIssuer, sizes: IntakeSizes): Promise<IntakeRound> {
  const { clients, lowLoad } = sizes;
  const { [name]: orders = 0 } = sizes.orders;
  return withIntake(name, issuer, async ({ app, stub, load }) => {
    await placeOrders({ ...load, clients, orders: sizes.warmUpOrders[name] ?? 0 });
    const from = await readingOf(app, stub);
    const saturated = await placeOrders({ ...load, clients, orders });
    const rate = rateBetween(from, await readingOf(app, stub), orders);
    const nearlyIdle = lowLoad && (await placeOrders({ ...load, clients: LOW_LOAD_CLIENTS, ...lowLoad }));
    return {
      rate,
      saturatedMs: saturated.tookMs,
      lowLoadMs: nearlyIdle?.tookMs ?? [],
      unavailable: saturated.unavailable,
    };
  });
}

type Follow<Result> = (app: ChildProcess, stub: StubProcess) => Promise<Result>;

interface Intake {
  app: ChildProcess;
  stub: StubProcess;
  load: Pick<Load, 'url' | 'token'>;
}

/** Against a stub of AWS that answers each call after 5 ms. */
async function withIntake<Result>(
  name: IntakeName,
  issuer: LocalIssuer,
  work: (intake: Intake) => Promise<Result>,
): Promise<Result> {
  const [port = 0] = await freePorts(1);
  const stub = await startStub('orders', { STUB_MESSAGES: '0' });
  const app = startIntake(name, port, stub, issuer);
  try {
    await waitUntilReady(port, app);
    const load = { url: `http://127.0.0.1:${port}/v1/orders`, token: await issuer.token('cust-1', 'retail') };
    return await work({ app, stub, load });
  } finally {
    await end(app);
    await end(stub.process);
  }
}

function startIntake(name: IntakeName, API_PORT: number, stub: StubProcess, issuer: LocalIssuer): ChildProcess {
  const resources = stubResources(stub.endpoint);
  const env = { ...stub.env, ...appEnvironments({ ...defaultPorts, API_PORT }, resources, issuer.env).api };
  if (name === 'ours') return startApp('api', env);
  if (name === 'limit') return startApp('api', env, ['--import', ENQUEUE_IN_MEMORY]);
  return startPeer('intake', { ...env, PEER_AUTHENTICATION: name === 'peer' ? 'on' : 'off' });
}

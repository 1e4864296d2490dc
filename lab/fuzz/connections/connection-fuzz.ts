import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { HeldConnection } from '../../raw-connection.ts';
import { say } from '../../run-tool.ts';
import type { Violate } from '../fuzz-result.ts';
import { attacks, REPEAT, type Victim } from './attacks.ts';
import { startGoodClients } from './good-clients.ts';

/** Connections are opened in groups, because the queue of a listening socket has 511 places. */
const OPENED_AT_ONCE = 200;
const ANSWERED_WITHIN_MS = 30_000;
/** The api closes a connection without a request after ten seconds, and checks every second. */
const SILENT_CLOSED_AFTER_MS = 13_000;
/** Fewer good orders than this would prove nothing. */
const MIN_ORDERS = 100;

export type ConnectionFigures = Awaited<ReturnType<typeof fuzzConnections>>;

/** Runs all attacks at once. Good clients must not notice them. */
export async function fuzzConnections(pipeline: LocalPipeline, victim: Victim, idleCount: number, violate: Violate) {
  const stopGoodClients = await startGoodClients(pipeline, violate);
  const connections = await idleConnections(victim.port, idleCount);
  say(`connections  ${idleCount} idle connections are open`);
  const openedMs = performance.now();
  const attacked = await Promise.all(attacks.map((play) => play(victim)));
  await sleep(Math.max(0, SILENT_CLOSED_AFTER_MS - (performance.now() - openedMs)));
  const idle = figuresOf(connections);
  for (const held of Object.values(connections).flat()) held.drop();
  const good = await stopGoodClients();

  for (const { name, errors } of attacked) for (const error of errors) violate(`${name}: ${error}`, REPEAT);
  const { silent, silentClosed, answered, answeredOpen } = idle;
  if (silentClosed < silent)
    violate(`${silent - silentClosed} connections that never sent a byte are still open`, REPEAT);
  if (answeredOpen < answered)
    violate(`${answered - answeredOpen} connections were closed earlier than a load balancer closes them`, REPEAT);
  if (good.orders < MIN_ORDERS) violate(`only ${good.orders} good orders were placed meanwhile`, REPEAT);
  return { idle, good, attacks: attacked.map(({ name, connections }) => ({ name, connections })) };
}

type Idle = Readonly<Record<'silent' | 'answered', readonly HeldConnection[]>>;

/** Opens idle connections: half of them never send anything, half are idle after one answer. */
async function idleConnections(port: number, count: number): Promise<Idle> {
  const [silent, answered]: [HeldConnection[], HeldConnection[]] = [[], []];
  const openOne = async (asks: boolean): Promise<void> => {
    const held = await HeldConnection.open(port);
    (asks ? answered : silent).push(held);
    if (!asks) return;
    held.socket.write('GET /health/live HTTP/1.1\r\nhost: api\r\n\r\n');
    await held.answered(1, ANSWERED_WITHIN_MS);
  };
  for (let opened = 0; opened < count; opened += OPENED_AT_ONCE) {
    const some = Math.min(OPENED_AT_ONCE, count - opened);
    await Promise.all(Array.from({ length: some }, (_, n) => openOne(n % 2 === 0)));
  }
  return { silent, answered };
}

function figuresOf({ silent, answered }: Idle) {
  const open = (all: readonly HeldConnection[]) =>
    all.filter(({ closedAfterMs }) => closedAfterMs === undefined).length;
  return {
    opened: silent.length + answered.length,
    silent: silent.length,
    /** The silent connections that the api has closed. */
    silentClosed: silent.length - open(silent),
    answered: answered.length,
    /** The answered connections that are still open. */
    answeredOpen: open(answered),
  };
}

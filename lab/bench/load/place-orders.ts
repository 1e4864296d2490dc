// Places orders, with concurrent clients or at a rate, and reports the milliseconds of each. It is a process of its own, started by
// load.ts, which sends it the tokens.
import { once } from 'node:events';
import { evenly, sideBySide } from '../../pace.ts';
import type { Placed } from './load.ts';
import { OrderConnections } from './order-connections.ts';

const { LOAD_URL = '', LOAD_ORDERS, LOAD_CLIENTS, LOAD_RATE = '0' } = process.env;
const orders = Number(LOAD_ORDERS);
const rate = Number(LOAD_RATE);
process.once('disconnect', () => process.exit());
const [tokens] = (await once(process, 'message')) as [string[]];
const connections = new OrderConnections(new URL(LOAD_URL), tokens);

async function place(): Promise<number[]> {
  const startedMs = performance.now();
  const accepted = await (rate > 0 ? connections.offer() : connections.place());
  return accepted === undefined ? [] : [performance.now() - startedMs];
}

const tookMs = await (rate > 0 ? evenly(rate, orders, place) : sideBySide(Number(LOAD_CLIENTS), orders, place));
const placed: Placed = { tookMs: tookMs.flat(), unavailable: connections.unavailable };
process.send?.(placed, () => process.disconnect());

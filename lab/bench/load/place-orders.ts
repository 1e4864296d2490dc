// Places orders, with concurrent clients or at a rate, and reports the milliseconds of each. It is a process of its own, started by
// load.ts.
import { evenly, sideBySide } from '../../pace.ts';
import type { Placed } from './load.ts';
import { OrderConnections } from './order-connections.ts';

const { LOAD_URL = '', LOAD_TOKEN = '', LOAD_ORDERS, LOAD_CLIENTS, LOAD_RATE = '0' } = process.env;
const orders = Number(LOAD_ORDERS);
const rate = Number(LOAD_RATE);
const connections = new OrderConnections(new URL(LOAD_URL), LOAD_TOKEN);

async function place(): Promise<number> {
  const startedMs = performance.now();
  await connections.place();
  return performance.now() - startedMs;
}

process.once('disconnect', () => process.exit());
const tookMs = await (rate > 0 ? evenly(rate, orders, place) : sideBySide(Number(LOAD_CLIENTS), orders, place));
process.send?.({ tookMs, unavailable: connections.unavailable } satisfies Placed, () => process.disconnect());

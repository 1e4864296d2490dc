// Run as a process of its own: clients side by side on connections that stay open, each with a new order once its last
// one was answered, until so many were answered 202; with LOAD_RATE orders a second begin evenly instead, whether
// earlier ones were answered or not. Tells the milliseconds that each took.
import { setTimeout as wait } from 'node:timers/promises';
import type { Placed } from './load.ts';
import { OrderConnection } from './order-connection.ts';

const url = new URL(process.env['LOAD_URL'] ?? '');
const orders = Number(process.env['LOAD_ORDERS']);
const clients = Number(process.env['LOAD_CLIENTS']);
const rate = Number(process.env['LOAD_RATE'] ?? 0);
const token = process.env['LOAD_TOKEN'] ?? '';

const connections = Array.from({ length: clients }, () => new OrderConnection(url, token));
const tookMs: number[] = [];

async function placeOne(connection: OrderConnection): Promise<void> {
  const beganMs = performance.now();
  await connection.place();
  tookMs.push(performance.now() - beganMs);
}

async function saturate(): Promise<void> {
  let left = orders;
  const client = async (connection: OrderConnection): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await placeOne(connection);
    }
  };
  await Promise.all(connections.map(client));
}

async function pace(): Promise<void> {
  const free = [...connections];
  const beganMs = performance.now();
  const placed: Promise<void>[] = [];
  for (let n = 0; n < orders; n += 1) {
    const dueMs = beganMs + (n * 1_000) / rate;
    await wait(Math.max(0, dueMs - performance.now()));
    const connection = free.shift() ?? anotherConnection();
    placed.push(placeOne(connection).then(() => void free.push(connection)));
  }
  await Promise.all(placed);
}

function anotherConnection(): OrderConnection {
  const connection = new OrderConnection(url, token);
  connections.push(connection);
  return connection;
}

process.once('disconnect', () => process.exit());
await (rate > 0 ? pace() : saturate());
const unavailable = connections.reduce((sum, connection) => sum + connection.unavailable, 0);
process.send?.({ tookMs, unavailable } satisfies Placed, () => process.disconnect());

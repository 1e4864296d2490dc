import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Load {
  url: string;
  token: string;
  orders: number;
  /** Connections, each with one request at a time. */
  clients: number;
  /** Orders that begin in a second, evenly; without it each client goes on as soon as it is answered. */
  rate?: number;
}

export interface Placed {
  /** Milliseconds that each order took, in the order of their answers. */
  tookMs: number[];
  /** Answers of 503; the order was sent again. */
  unavailable: number;
}

/** Places orders from a process of its own. */
export async function placeOrders({ url, token, orders, clients, rate }: Load): Promise<Placed> {
  const load = fork(join(import.meta.dirname, 'place-orders.ts'), {
    execArgv: ['--conditions=source'],
    serialization: 'advanced',
    env: {
      ...process.env,
      LOAD_URL: url,
      LOAD_ORDERS: String(orders),
      LOAD_CLIENTS: String(clients),
      LOAD_TOKEN: token,
      ...(rate !== undefined && { LOAD_RATE: String(rate) }),
    },
  });
  const failed = once(load, 'exit').then(([code]) => {
    throw new Error(`placing orders ended with ${String(code)}`);
  });
  failed.catch(() => undefined);
  const [placed] = (await Promise.race([once(load, 'message'), failed])) as [Placed];
  return placed;
}

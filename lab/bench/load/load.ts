import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Target {
  readonly url: string;
  readonly token: string;
}

/** By so many clients, each of which goes on as soon as it is answered, or so many a second, evenly. */
export type Pace = { readonly clients: number } | { readonly rate: number };

export interface Placed {
  /** Milliseconds that each order took, in the order of their answers. */
  tookMs: number[];
  /** Answers of 503; the order was sent again. */
  unavailable: number;
}

/** Places orders from a process of its own. */
export async function placeOrders({ url, token }: Target, orders: number, pace: Pace): Promise<Placed> {
  const load = fork(join(import.meta.dirname, 'place-orders.ts'), {
    execArgv: ['--conditions=source'],
    serialization: 'advanced',
    env: {
      ...process.env,
      LOAD_URL: url,
      LOAD_TOKEN: token,
      LOAD_ORDERS: String(orders),
      ...('rate' in pace ? { LOAD_RATE: String(pace.rate) } : { LOAD_CLIENTS: String(pace.clients) }),
    },
  });
  const failed = once(load, 'exit').then(([code]) => {
    throw new Error(`placing orders ended with ${String(code)}`);
  });
  failed.catch(() => undefined);
  const [placed] = (await Promise.race([once(load, 'message'), failed])) as [Placed];
  return placed;
}

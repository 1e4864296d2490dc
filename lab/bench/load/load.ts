import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Target {
  readonly url: string;
  /** The tokens of the customers, who order in turn. */
  readonly tokens: readonly string[];
}

/** Either clients that continue as soon as they are answered and send a refused order again, or an even rate a second. */
type Pace = { readonly clients: number } | { readonly rate: number };

export interface Placed {
  /** The milliseconds of each accepted order, in the order of the answers. */
  tookMs: number[];
  /** The number of answers with 503. */
  unavailable: number;
}

/** Places orders from a process of its own. */
export async function placeOrders({ url, tokens }: Target, orders: number, pace: Pace): Promise<Placed> {
  const load = fork(join(import.meta.dirname, 'place-orders.ts'), {
    execArgv: ['--conditions=source'],
    serialization: 'advanced',
    env: {
      ...process.env,
      LOAD_URL: url,
      LOAD_ORDERS: String(orders),
      ...('rate' in pace ? { LOAD_RATE: String(pace.rate) } : { LOAD_CLIENTS: String(pace.clients) }),
    },
  });
  const failed = once(load, 'exit').then(([code]) => {
    throw new Error(`placing orders ended with ${String(code)}`);
  });
  failed.catch(() => undefined);
  load.send(tokens);
  const [placed] = (await Promise.race([once(load, 'message'), failed])) as [Placed];
  return placed;
}

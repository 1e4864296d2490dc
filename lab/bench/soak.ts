import type { ChildProcess } from 'node:child_process';
import { apiUnderLoad } from './intake.ts';
import { usageOf } from './measured-process.ts';
import { relayUnderLoad } from './relay-rate.ts';
import { rounded } from './statistics.ts';
import { figuresOf, type StubProcess } from './stub-process.ts';
import { workerUnderLoad } from './worker-rate.ts';
import { setTimeout as wait } from 'node:timers/promises';

export const soaked = ['api', 'worker', 'stream-relay'] as const;

/** A service's memory when so many orders were done. */
export interface Soak {
  name: (typeof soaked)[number];
  rssMb: { orders: number; rssMb: number; peakRssMb: number }[];
}

const LOOKS = 40;
const LOOK_EVERY_MS = 200;
/** By then code is compiled and the heap has the size that the load needs. */
export const WARM_ORDERS = 100_000;

/** One that takes whatever load there is, and ends when `follow` does. */
export type UnderLoad = (
  orders: number,
  follow: (app: ChildProcess, stub: StubProcess) => Promise<void>,
) => Promise<void>;

const underLoad: Record<Soak['name'], UnderLoad> = {
  api: apiUnderLoad,
  worker: workerUnderLoad,
  'stream-relay': relayUnderLoad,
};

/** Looks at a service's memory forty times while it works off so many orders. */
export async function soak(name: Soak['name'], orders: number): Promise<Soak> {
  const rssMb: Soak['rssMb'] = [];
  await underLoad[name](orders, async (app, stub) => {
    for (let look = 1; look <= LOOKS; look += 1) {
      const due = (look * orders) / LOOKS;
      while ((await figuresOf(stub)).done < due) await wait(LOOK_EVERY_MS);
      const usage = usageOf(app);
      rssMb.push({ orders: due, rssMb: rounded(usage.rssMb, 0), peakRssMb: rounded(usage.peakRssMb, 0) });
    }
  });
  return { name, rssMb };
}

/** Memory at the end, as a share of what it was once the service was warm; nothing where it did no more than that. */
export function growthOf({ rssMb }: Soak): number | undefined {
  const warm = rssMb.find(({ orders }) => orders >= WARM_ORDERS);
  const last = rssMb.at(-1);
  return warm && last && last.orders > warm.orders ? rounded(last.rssMb / warm.rssMb, 2) : undefined;
}

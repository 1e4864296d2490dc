import { setTimeout as sleep } from 'node:timers/promises';
import type { AppName } from '../../local/apps.ts';
import { rounded } from '../statistics.ts';
import { apiUnderLoad } from './intake.ts';
import { usageOf } from './measured-service.ts';
import { withRelay, withWorker, type Work } from './stations.ts';

/** The memory of a service by completed orders. */
export interface Soak {
  name: AppName;
  rssMb: { orders: number; rssMb: number; peakRssMb: number }[];
}

const READINGS = 40;
const CHECK_EVERY_MS = 200;
/** After this many orders, code is compiled and the heap has its size. */
const WARM_ORDERS = 100_000;

const underLoad: Record<Soak['name'], (orders: number, follow: Work<void>) => Promise<void>> = {
  api: apiUnderLoad,
  worker: (orders, follow) => withWorker(orders, {}, follow),
  'stream-relay': (orders, follow) => withRelay(orders, {}, follow),
};

/** Reads the memory of a service at intervals while it processes this many orders. */
export async function soak(name: Soak['name'], orders: number): Promise<Soak> {
  const rssMb: Soak['rssMb'] = [];
  await underLoad[name](orders, async (app, stub) => {
    for (let reading = 1; reading <= READINGS; reading += 1) {
      const due = (reading * orders) / READINGS;
      while ((await stub.figures()).done < due) await sleep(CHECK_EVERY_MS);
      const usage = usageOf(app);
      rssMb.push({ orders: due, rssMb: rounded(usage.rssMb, 0), peakRssMb: rounded(usage.peakRssMb, 0) });
    }
  });
  return { name, rssMb };
}

/** The ratio of the memory at the end to that of the warm service; undefined when the soak was too short. */
export function growthOf({ rssMb }: Soak): number | undefined {
  const warm = rssMb.find(({ orders }) => orders >= WARM_ORDERS);
  const last = rssMb.at(-1);
  return warm && last && last.orders > warm.orders ? rounded(last.rssMb / warm.rssMb, 2) : undefined;
}

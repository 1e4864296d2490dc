import { setTimeout as sleep } from 'node:timers/promises';
import type { AppName } from '../../local/apps.ts';
import { rounded } from '../statistics.ts';
import { apiUnderLoad } from './intake.ts';
import { usageOf } from './measured-service.ts';
import { withRelay, withWorker, type Work } from './stations.ts';

/** A service's memory when so many orders were done. */
export interface Soak {
  name: AppName;
  rssMb: { orders: number; rssMb: number; peakRssMb: number }[];
}

const READINGS = 40;
const CHECK_EVERY_MS = 200;
/** By then code is compiled and the heap has the size that the load needs. */
const WARM_ORDERS = 100_000;

const underLoad: Record<Soak['name'], (orders: number, follow: Work<void>) => Promise<void>> = {
  api: apiUnderLoad,
  worker: (orders, follow) => withWorker(orders, 'ours', follow),
  'stream-relay': (orders, follow) => withRelay(orders, 'ours', follow),
};

/** Reads a service's memory forty times while it works off so many orders. */
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

/** Memory at the end, as a share of what it was once the service was warm; nothing where it did no more than that. */
export function growthOf({ rssMb }: Soak): number | undefined {
  const warm = rssMb.find(({ orders }) => orders >= WARM_ORDERS);
  const last = rssMb.at(-1);
  return warm && last && last.orders > warm.orders ? rounded(last.rssMb / warm.rssMb, 2) : undefined;
}

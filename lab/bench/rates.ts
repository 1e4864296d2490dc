/**
 * What one task of each service needs for an order, against stubs of AWS: `npm run bench:rates -- [orders]` writes
 * results/task-rates.json, by which the scaling simulator knows what a task can do.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { apiRate } from './intake.ts';
import { rateText } from './rate-text.ts';
import { relayRate } from './relay-rate.ts';
import type { TaskRate } from './task-rate.ts';
import { workerRate } from './worker-rate.ts';

const RESULT = join(import.meta.dirname, 'results/task-rates.json');
/** How busy a task may be on average before what waits grows; the rest is for the bursts within a second. */
const UTILISATION = 0.7;
const RUNS = 3;
/** Fargate's sizes. The main thread is one: beyond 1 vCPU only garbage collection and TLS gain. */
const VCPUS = [0.25, 0.5, 1] as const;

const orders = Number(process.argv[2] ?? 30_000);
if (!Number.isInteger(orders) || orders < 1_000 || orders > 200_000) {
  process.stderr.write(
    'expected a whole number of orders from 1000 to 200000, for example: npm run bench:rates -- 30000\n',
  );
  process.exit(2);
}

const rates = {
  api: await quietest(apiRate),
  worker: await quietest(workerRate),
  'stream-relay': await quietest(relayRate),
};
for (const [name, rate] of Object.entries(rates)) process.stdout.write(rateText(name, rate));
const result = {
  measuredAt: new Date().toISOString().slice(0, 10),
  machine: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.versions.node}`,
  arithmetic: `ordersPerSecond = vCPU * 1000 / cpuMsPerOrder * ${UTILISATION}`,
  utilisation: UTILISATION,
  tasks: Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, taskOf(rate)])),
};
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`written to lab/bench/results/task-rates.json\n`);

/** Of some runs the one that took the least CPU: what else runs on the machine only adds to it, by a fifth and more. */
async function quietest(measure: (orders: number) => Promise<TaskRate>): Promise<TaskRate> {
  const runs: TaskRate[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await measure(orders));
  return runs.reduce((least, rate) => (rate.cpuMsPerOrder < least.cpuMsPerOrder ? rate : least));
}

function taskOf({ orders, cpuMsPerOrder, peakRssMb, callsPerOrder }: TaskRate) {
  const perSecond = VCPUS.map((vcpu) => [vcpu, Math.floor(((vcpu * 1_000) / cpuMsPerOrder) * UTILISATION)]);
  return {
    orders,
    cpuMsPerOrder: rounded(cpuMsPerOrder),
    peakRssMb: Math.round(peakRssMb),
    callsPerOrder: Object.fromEntries(Object.entries(callsPerOrder).map(([action, calls]) => [action, rounded(calls)])),
    ordersPerSecondByVcpu: Object.fromEntries(perSecond) as Record<string, number>,
  };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

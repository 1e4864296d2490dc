/**
 * What one task of each service needs for an order, against stubs of AWS: `npm run bench:rates -- [orders]` writes
 * results/task-rates.json, from which the scaling simulator knows what a task can do.
 */
import { readCommandLine, wholeNumber } from '../command-line.ts';
import { machineText, ResultFiles, runTool, say } from '../run-tool.ts';
import { rounded } from '../statistics.ts';
import { apiRate } from './intake.ts';
import { relayRate, workerRate } from './stations.ts';
import { rateText, type TaskRate } from './task-rate.ts';

/** How busy a task may be on average before what waits grows; the rest is for the bursts within a second. */
const UTILISATION = 0.7;
const RUNS = 3;
/** Fargate's sizes. The main thread is one: beyond 1 vCPU only garbage collection and TLS gain. */
const VCPUS = [0.25, 0.5, 1] as const;

const usage = 'usage: npm run bench:rates -- [orders, 1000 to 200000, default 30000]';
const options = { orders: wholeNumber(1_000, 200_000) };

async function measureRates(orders: number): Promise<number> {
  const rates = {
    api: await quietest(() => apiRate(orders)),
    worker: await quietest(() => workerRate(orders)),
    'stream-relay': await quietest(() => relayRate(orders)),
  };
  for (const [name, rate] of Object.entries(rates)) say(rateText(name, rate));
  const result = {
    measuredAt: new Date().toISOString().slice(0, 10),
    machine: machineText(),
    arithmetic: `ordersPerSecond = vCPU * 1000 / cpuMsPerOrder * ${UTILISATION}`,
    utilisation: UTILISATION,
    tasks: Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, taskOf(rate)])),
  };
  say(`written to ${new ResultFiles(import.meta.dirname).writeJson('task-rates.json', result)}`);
  return 0;
}

/** Of some runs the one that took the least CPU: what else runs on the machine only adds to it, by a fifth and more. */
async function quietest(measure: () => Promise<TaskRate>): Promise<TaskRate> {
  const runs: TaskRate[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await measure());
  return runs.reduce((least, rate) => (rate.cpuMsPerOrder < least.cpuMsPerOrder ? rate : least));
}

function taskOf({ orders, cpuMsPerOrder, peakRssMb, callsPerOrder }: TaskRate) {
  const perSecond = VCPUS.map((vcpu) => [vcpu, Math.floor(((vcpu * 1_000) / cpuMsPerOrder) * UTILISATION)]);
  const calls = Object.entries(callsPerOrder).map(([action, count]) => [action, rounded(count, 4)]);
  return {
    orders,
    cpuMsPerOrder: rounded(cpuMsPerOrder, 4),
    peakRssMb: Math.round(peakRssMb),
    callsPerOrder: Object.fromEntries(calls) as Record<string, number>,
    ordersPerSecondByVcpu: Object.fromEntries(perSecond) as Record<string, number>,
  };
}

await runTool(
  (args) => readCommandLine(args, { usage, options, positional: 'orders' }, ({ orders = 30_000 }) => orders),
  measureRates,
);

/**
 * `npm run bench:rates -- [orders]` measures the CPU time of an order in one task of each service, against stubs of AWS. It writes
 * results/task-rates.json, which the scaling simulator reads.
 */
import { readCommandLine, wholeNumber } from '../command-line.ts';
import { machineText, ResultFiles, runTool, say } from '../run-tool.ts';
import { rounded } from '../statistics.ts';
import { apiRate } from './intake.ts';
import { relayRate, workerRate } from './stations.ts';
import { rateText, type TaskRate } from './task-rate.ts';

/** The average utilisation up to which no queue grows. The rest is for bursts within a second. */
const UTILISATION = 0.7;
const RUNS = 3;
/** Fargate's sizes. There is one main thread: more than 1 vCPU helps only garbage collection and TLS. */
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

/** The run with the least CPU time. Other load on the machine adds a fifth and more. */
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

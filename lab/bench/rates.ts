/**
 * `npm run bench:rates -- [orders]` measures what a task of production does in a second: half a vCPU and 1 GiB in a container, or
 * half a core where there is no engine, against stubs of AWS with TLS. It writes results/task-rates.json, which the scaling
 * simulator reads, and overload.svg: what the api accepts when more is offered.
 */
import { BLUE, ORANGE, RED } from '../charts/colors.ts';
import { barChartSvg } from '../charts/bar-chart.ts';
import { readCommandLine, wholeNumber } from '../command-line.ts';
import { machineText, ResultFiles, runTool, say } from '../run-tool.ts';
import { rounded } from '../statistics.ts';
import { latency } from './figures.ts';
import { withIntake, withIssuer } from './intake.ts';
import { placeOrders, type Target } from './load/load.ts';
import { relayRate, workerRate } from './stations.ts';
import { type Limits, limitsHere } from './task-limits.ts';

/** One more than the api remembers: it checks the signature of every token, as in a rush of customers who each order once. */
const CUSTOMERS = 10_001;
const CLIENTS = 100;
/** A task sustains a rate if p99 stays below this, and it refuses less than one request in a thousand. */
const MAX_P99_MS = 500;
const MAX_REFUSED = 0.001;
/**
 * Shares of the rate of clients that continue when they are answered; the highest that is sustained counts. Each is tried twice,
 * because other work on the machine may take the task's half core away for a moment.
 */
const SHARES = [1, 0.9, 0.8, 0.7, 0.6, 0.5].flatMap((share) => [share, share]);
const OVERLOADS = [1, 2, 3];
const STEP_SECONDS = 8;

const usage = 'usage: npm run bench:rates -- [orders, 1000 to 200000, default 15000]';
const options = { orders: wholeNumber(1_000, 200_000) };

async function measureRates(orders: number): Promise<number> {
  const limits = limitsHere();
  const api = await apiTask(orders, limits);
  const worker = await workerRate(orders, { limits });
  const relay = await relayRate(orders, { limits });
  const result = {
    measuredAt: new Date().toISOString().slice(0, 10),
    machine: machineText(),
    limits: limits === 'container' ? 'container of 0.5 CPUs and 1 GiB' : 'cgroup of 0.5 CPUs',
    vcpu: 0.5,
    ordersPerSecond: {
      api: api.sustained,
      worker: Math.floor(worker.ordersPerSecond),
      'stream-relay': Math.floor(relay.ordersPerSecond),
    },
    overload: api.overload,
  };
  const files = new ResultFiles(import.meta.dirname);
  say(JSON.stringify(result, null, 2));
  say(
    `written to ${files.writeJson('task-rates.json', result)} and ${files.write('overload.svg', overloadChart(result))}`,
  );
  return 0;
}

/** The rate that a task of the api sustains, and what it accepts at multiples of it. */
function apiTask(orders: number, limits: Limits) {
  return withIssuer((issuer) =>
    withIntake('ours', { issuer, customers: CUSTOMERS, limits }, async (target) => {
      // With half a vCPU, V8 compiles for a long time.
      await placeOrders(target, orders, { clients: CLIENTS });
      const startedMs = performance.now();
      await placeOrders(target, orders, { clients: CLIENTS });
      const saturated = (orders / (performance.now() - startedMs)) * 1_000;
      const sustained = await highestSustained(target, saturated);
      const overload = [];
      for (const times of OVERLOADS) overload.push({ times, ...(await offer(target, sustained * times)) });
      return { sustained, overload };
    }),
  );
}

async function highestSustained(target: Target, saturated: number): Promise<number> {
  for (const share of SHARES) {
    const { offered, refused, p99Ms } = await offer(target, Math.floor(saturated * share));
    if (refused <= offered * MAX_REFUSED && p99Ms <= MAX_P99_MS) return offered;
  }
  throw new Error(`expected that a task sustains a part of ${Math.round(saturated)} orders a second`);
}

/** Offers orders at a rate, whatever the answers are. All figures are for one second. */
async function offer(target: Target, rate: number) {
  const startedMs = performance.now();
  const { tookMs, unavailable } = await placeOrders(target, rate * STEP_SECONDS, { rate });
  // Until the last answer, which an overloaded task gives long after the last request.
  const seconds = (performance.now() - startedMs) / 1_000;
  const accepted = Math.round(tookMs.length / seconds);
  const figures = {
    offered: rate,
    accepted,
    refused: rounded(unavailable / seconds, 1),
    p99Ms: latency(tookMs).p99Ms,
  };
  say(`api: ${JSON.stringify(figures)}`);
  return figures;
}

type Overload = Awaited<ReturnType<typeof apiTask>>['overload'];

function overloadChart({
  overload,
  ...result
}: {
  overload: Overload;
  machine: string;
  measuredAt: string;
  limits: string;
}) {
  return barChartSvg({
    title: 'Orders a second of one task of the api, when more is offered',
    groups: overload.map(({ times, offered, accepted, refused, p99Ms }) => ({
      title: `${times} × the sustained rate, p99 ${p99Ms} ms`,
      bars: [
        { label: 'offered', value: offered, color: BLUE },
        { label: 'accepted', value: accepted, color: ORANGE },
        { label: 'refused with 503', value: refused, color: RED },
      ],
    })),
    foot: [`${result.machine}, ${result.limits}, ${result.measuredAt}, npm run bench:rates`],
    format: (value) => value.toFixed(0),
  });
}

await runTool(
  (args) => readCommandLine(args, { usage, options, positional: 'orders' }, ({ orders = 15_000 }) => orders),
  measureRates,
);

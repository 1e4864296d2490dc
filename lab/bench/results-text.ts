import { type IntakeFigures, type VariantFigures, variantsOf } from './figures.ts';
import type { Results } from './results-file.ts';
import { growthOf, type Soak } from './soak.ts';

const COLUMNS = ['CPU-ms/order', 'orders/s/core', 'orders/s', 'calls/order', '$/million', 'peak RSS'] as const;
const NAME_WIDTH = 28;

/** The results as text for a terminal. */
export function resultsText(results: Results): string {
  const { intake, endToEnd } = results;
  const table = [
    ['', ...COLUMNS].map((text, n) => (n === 0 ? text.padEnd(NAME_WIDTH) : text.padStart(14))).join(''),
    ...(['intake', 'worker', 'relay'] as const).flatMap((name) => {
      const rows = variantsOf(results[name] ?? {}).map(({ label, figures }) => row(label, figures));
      return rows.length > 0 ? [name, ...rows] : [];
    }),
  ];
  const times = (['ours', 'limit', 'peer'] as const).flatMap((name) =>
    intake ? [time(`intake, ${name}`, intake[name])] : [],
  );
  if (endToEnd) {
    const { ordersPerSecond, p50Ms, p99Ms } = endToEnd.atHalfLoad;
    const half = `at ${ordersPerSecond}/s p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
    times.push(`end to end, embedded: ${endToEnd.ordersPerSecond} orders/s; ${half}`);
  }
  const load = results.loadAverage;
  return [
    ...table,
    '',
    ...times,
    '',
    ...targetsOf(results).map(targetRow),
    '',
    `${results.machine}; load average ${load.before.join(' ')} before, ${load.after.join(' ')} after`,
  ].join('\n');
}

/** The memory of the services by completed orders. */
export function soakText(services: readonly Soak[]): string {
  const rows = services.map(({ name, rssMb }) => {
    const shown = rssMb.filter((_, n) => n % 4 === 3);
    const lines = shown.map(({ orders, rssMb }) => `${orders.toLocaleString('en-US').padStart(12)} ${rssMb} MB`);
    return [`${name}: RSS`, ...lines].join('\n');
  });
  return [...rows, '', ...soakTargetsOf(services).map(targetRow)].join('\n');
}

function row(name: string, figures: VariantFigures): string {
  const cells = [
    figures.cpuMsPerOrder.toFixed(3),
    String(figures.ordersPerSecondPerCore),
    String(figures.ordersPerSecond),
    figures.awsCallsPerOrder.toFixed(3),
    figures.awsDollarsPerMillionOrders.toFixed(2),
    `${figures.peakRssMb} MB`,
  ];
  return `  ${name}`.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(14)).join('');
}

function time(name: string, { atSaturation, atLowLoad }: IntakeFigures): string {
  const text = ({ p50Ms, p99Ms }: IntakeFigures['atLowLoad']) => `p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
  return `${name}: at saturation ${text(atSaturation)}; at low load ${text(atLowLoad)}`;
}

function targetRow({ name, value, atLeast, atMost }: Target): string {
  const reached = value >= (atLeast ?? value) && value <= (atMost ?? value);
  const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  return `${reached ? 'reached' : 'MISSED '}  ${name.padEnd(44)} ${String(value).padStart(8)}  wanted ${wanted}`;
}

/** A figure to reach. */
interface Target {
  name: string;
  value: number;
  atLeast?: number;
  atMost?: number;
}

/** The targets of the measured stations. */
function targetsOf({ intake, worker, relay, awsCallsPerOrder }: Results): Target[] {
  const targets = [
    { name: 'intake: CPU of the peer / of ours', value: intake?.vsPeer, atLeast: 6 },
    { name: 'intake: CPU of the limit / of ours', value: intake?.vsLimit, atLeast: 0.75 },
    { name: 'intake: p99 at low load over the peer, ms', value: intake?.lowLoadP99OverPeerMs, atMost: 2 },
    { name: 'worker: CPU of the peer / of ours', value: worker?.vsPeer, atLeast: 5.5 },
    { name: 'relay: CPU of the peer / of ours', value: relay?.vsPeer, atLeast: 10 },
    { name: 'AWS calls an order, request to event', value: awsCallsPerOrder, atMost: 0.54 },
  ];
  return targets.flatMap(({ value, ...target }) => (value === undefined ? [] : [{ ...target, value }]));
}

/** The targets of a soak that was long enough. */
function soakTargetsOf(services: readonly Soak[]): Target[] {
  return services.flatMap((service) => {
    const value = growthOf(service);
    return value === undefined ? [] : [{ name: `${service.name}: RSS at the end / at 100,000`, value, atMost: 1.1 }];
  });
}

/**
 * `npm run bench` compares the speed of our services with that of typical peers and with the limit. It writes
 * results/latest.json and latest.svg. docs/performance.md explains the figures.
 */
import { appNames } from '../../local/apps.ts';
import { ResultFiles, runTool, say } from '../run-tool.ts';
import { type BenchOptions, readOptions, type Sizes, sizesOf, type Station } from './bench-options.ts';
import { endToEnd } from './end-to-end.ts';
import { intakeFigures, type IntakeRounds, pairFigures } from './figures.ts';
import { type IntakeName, intakeRound, type IntakeRound, intakes, withIssuer } from './intake.ts';
import type { Variant } from './measured-service.ts';
import { comparisonChart, memoryChart } from './results-charts.ts';
import { lastMeasured, loadAverage, type Measured, resultsOf } from './results-file.ts';
import { resultsText, soakText } from './results-text.ts';
import { soak, type Soak } from './soak.ts';
import { relayRate, workerRate } from './stations.ts';
import type { TaskRate } from './task-rate.ts';

const VARIANTS = ['ours', 'peer'] as const;
const command = ['npm run bench', ...process.argv.slice(2, 3).map(() => '--'), ...process.argv.slice(2)].join(' ');
const files = new ResultFiles(import.meta.dirname);

async function run(options: BenchOptions): Promise<number> {
  const before = loadAverage();
  if (options.soakOrders !== undefined) return soakServices(options.soakOrders, before);
  const measured = { ...lastMeasured(), ...(await measure(options)) };
  const results = resultsOf(measured, command, before);
  const written = [files.writeJson('latest.json', results), files.write('latest.svg', comparisonChart(results))];
  say(`${resultsText(results)}\nwritten to ${written.join(' and ')}`);
  return 0;
}

async function measure(options: BenchOptions): Promise<Measured> {
  const sizes = sizesOf(options);
  const wanted = (station: Station) => options.only.includes(station);
  const measured: Measured = {};
  if (wanted('intake')) measured.intake = intakeFigures(await intakeRounds(sizes));
  if (wanted('worker')) measured.worker = await pair('worker', workerRate, sizes);
  if (wanted('relay')) measured.relay = await pair('relay', relayRate, sizes);
  if (wanted('endToEnd')) measured.endToEnd = await step('end to end', () => endToEnd(sizes.endToEnd));
  return measured;
}

function intakeRounds({ rounds, intake }: Sizes): Promise<IntakeRounds> {
  const done: Record<IntakeName, IntakeRound[]> = { ours: [], limit: [], peer: [], peerWithoutTokens: [] };
  return withIssuer(async (issuer) => {
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of intakes) {
        const what = `intake, ${name}, round ${round} of ${rounds}`;
        done[name].push(await step(what, () => intakeRound(name, issuer, intake)));
      }
    }
    return done;
  });
}

async function pair(
  station: 'worker' | 'relay',
  rateOf: (orders: number, options: { variant: Variant }) => Promise<TaskRate>,
  sizes: Sizes,
) {
  const done: Record<Variant, TaskRate[]> = { ours: [], peer: [] };
  for (let round = 1; round <= sizes.rounds; round += 1) {
    for (const variant of VARIANTS) {
      const what = `${station}, ${variant}, round ${round} of ${sizes.rounds}`;
      done[variant].push(await step(what, () => rateOf(sizes[station][variant], { variant })));
    }
  }
  return pairFigures(done);
}

async function soakServices(orders: number, before: number[]): Promise<number> {
  const services: Soak[] = [];
  for (const name of appNames) services.push(await step(`${name}, ${orders} orders`, () => soak(name, orders)));
  const { machine, measuredAt, loadAverage: load } = resultsOf({}, command, before);
  const result = { measuredAt, command, machine, loadAverage: load, services };
  const chart = memoryChart(services, `${command}, ${measuredAt.slice(0, 10)}, ${machine}`);
  const written = [files.writeJson('soak.json', result), files.write('soak.svg', chart)];
  say(`${soakText(services)}\nwritten to ${written.join(' and ')}`);
  return 0;
}

/** Prints the name of a step, and does it. */
function step<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  process.stderr.write(`${String(Math.round(performance.now() / 1_000)).padStart(5)} s  ${what}\n`);
  return work();
}

await runTool(readOptions, run);

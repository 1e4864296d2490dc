/**
 * How fast our services are, against a peer as most teams write it and against the limit: `npm run bench`. Writes
 * results/latest.json and latest.svg; what the figures mean is in docs/performance.md.
 */
import { type BenchOptions, readOptions, type Sizes, sizesOf, type Station, UsageError } from './bench-options.ts';
import { endToEnd } from './end-to-end.ts';
import { intakeFigures, type IntakeRounds, pairFigures } from './figures.ts';
import { type IntakeName, intakeRound, type IntakeRound, intakes, startIssuer } from './intake.ts';
import { Progress } from './progress.ts';
import { relayRate } from './relay-rate.ts';
import { comparisonChart } from './report/comparison-chart.ts';
import { memoryPage } from './report/memory-page.ts';
import { resultsText, soakText } from './report/results-text.ts';
import { lastMeasured, loadAverage, type Measured, resultsOf, writeResult } from './results-file.ts';
import { soak, soaked } from './soak.ts';
import type { TaskRate } from './task-rate.ts';
import { workerRate } from './worker-rate.ts';

const WHOSE = ['ours', 'peer'] as const;

async function main(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  if (options.soakOrders !== undefined) return soakServices(options.soakOrders, argv);
  const before = loadAverage();
  const measured = { ...lastMeasured(), ...(await measure(options)) };
  const results = resultsOf(measured, commandOf(argv), before);
  const files = [
    writeResult('latest.json', `${JSON.stringify(results, null, 2)}\n`),
    writeResult('latest.svg', comparisonChart(results)),
  ];
  process.stdout.write(`${resultsText(results)}\nwritten to ${files.join(' and ')}\n`);
}

async function measure(options: BenchOptions): Promise<Measured> {
  const sizes = sizesOf(options);
  const wanted = (station: Station) => options.only.includes(station);
  const { rounds } = sizes;
  const steps =
    rounds * ((wanted('intake') ? intakes.length : 0) + (wanted('worker') ? 2 : 0) + (wanted('relay') ? 2 : 0));
  const progress = new Progress(steps + (wanted('endToEnd') ? 1 : 0));
  const measured: Measured = {};
  if (wanted('intake')) measured.intake = intakeFigures(await intakeRounds(sizes, progress));
  if (wanted('worker')) measured.worker = await pair('worker', workerRate, sizes, progress);
  if (wanted('relay')) measured.relay = await pair('relay', relayRate, sizes, progress);
  if (wanted('endToEnd')) {
    measured.endToEnd = await progress.during('end to end', () => endToEnd(sizes.endToEnd));
  }
  progress.end();
  return measured;
}

async function intakeRounds({ rounds, intake }: Sizes, progress: Progress): Promise<IntakeRounds> {
  const done: Record<IntakeName, IntakeRound[]> = { ours: [], limit: [], peer: [], peerWithoutTokens: [] };
  const issuer = await startIssuer();
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of intakes) {
        const what = `intake, ${name}, round ${round}`;
        done[name].push(await progress.during(what, () => intakeRound(name, issuer, intake)));
      }
    }
  } finally {
    await issuer.stop();
  }
  return done;
}

async function pair(
  station: 'worker' | 'relay',
  rateOf: (orders: number, whose: 'ours' | 'peer') => Promise<TaskRate>,
  sizes: Sizes,
  progress: Progress,
) {
  const done: Record<'ours' | 'peer', TaskRate[]> = { ours: [], peer: [] };
  for (let round = 1; round <= sizes.rounds; round += 1) {
    for (const whose of WHOSE) {
      const what = `${station}, ${whose}, round ${round}`;
      done[whose].push(await progress.during(what, () => rateOf(sizes[station][whose], whose)));
    }
  }
  return pairFigures(done);
}

async function soakServices(orders: number, argv: readonly string[]): Promise<void> {
  const before = loadAverage();
  const progress = new Progress(soaked.length);
  const services: Awaited<ReturnType<typeof soak>>[] = [];
  for (const name of soaked) {
    services.push(await progress.during(`${name}, ${orders} orders`, () => soak(name, orders)));
  }
  progress.end();
  const { machine, measuredAt, loadAverage: load } = resultsOf({}, '', before);
  const result = { measuredAt, command: commandOf(argv), machine, loadAverage: load, services };
  const caption = `${result.command}, ${measuredAt.slice(0, 10)}, ${machine}`;
  const files = [
    writeResult('soak.json', `${JSON.stringify(result, null, 2)}\n`),
    writeResult('soak.html', memoryPage(services, caption)),
  ];
  process.stdout.write(`${soakText(services)}\nwritten to ${files.join(' and ')}\n`);
}

function commandOf(argv: readonly string[]): string {
  return ['npm run bench', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' ');
}

try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : String((error as Error).stack)}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}

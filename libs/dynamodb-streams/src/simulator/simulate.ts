/**
 * `npm run simulate -- --seeds 10000 --from 1 [--workers 2] [--trace]`: plays that many schedules and checks every
 * invariant. Prints progress, and for each failure its seed and the command that replays it; exits 1 if there was one.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { simulate } from './simulation.ts';

/** Seeds that a worker plays between two reports. */
const SLICE = 100;
const MOST_FAILURES_SHOWN = 20;

interface Share {
  from: number;
  seeds: number;
}

interface Report {
  played: number;
  failures: { seed: number; message: string }[];
  counts: Record<string, number>;
}

if (isMainThread) await main();
else await playShare(workerData as Share);

async function main(): Promise<void> {
  const { from, seeds, workers, trace } = readArguments();
  if (trace) return replay(from);
  const startMs = performance.now();
  const total: Report = { played: 0, failures: [], counts: {} };
  const each = Math.ceil(seeds / workers);
  let reportedMs = startMs;
  const shares = Array.from({ length: workers }, (_, n) => ({
    from: from + n * each,
    seeds: Math.min(each, seeds - n * each),
  }));
  await Promise.all(
    shares.map((share) =>
      runWorker(share, (report) => {
        add(total, report);
        if (performance.now() - reportedMs < 2_000) return;
        reportedMs = performance.now();
        say(`${total.played} of ${seeds} schedules, ${rate(total, startMs)}/s, ${total.failures.length} failures`);
      }),
    ),
  );
  conclude(total, startMs);
}

function conclude(total: Report, startMs: number): void {
  const names = Object.keys(total.counts).toSorted();
  say(`what happened: ${names.map((name) => `${name} ${total.counts[name]}`).join(', ')}`);
  for (const { seed, message } of total.failures.slice(0, MOST_FAILURES_SHOWN)) {
    say(`seed ${seed}: ${message}\n  npm run simulate -- --from ${seed} --seeds 1 --trace`);
  }
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  say(`${total.played} schedules in ${seconds} s (${rate(total, startMs)}/s), ${total.failures.length} failures`);
  if (total.failures.length > 0) process.exitCode = 1;
}

async function replay(seed: number): Promise<void> {
  const { trace, violation } = await simulate(seed, { trace: true });
  say(trace.join('\n'));
  say(violation ? `seed ${seed}: ${violation.message}` : `seed ${seed}: every invariant held`);
  if (violation) process.exitCode = 1;
}

function runWorker(share: Share, onReport: (report: Report) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.on('message', onReport);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
  });
}

async function playShare({ from, seeds }: Share): Promise<void> {
  for (let done = 0; done < seeds; done += SLICE) {
    const report: Report = { played: 0, failures: [], counts: {} };
    for (let seed = from + done; seed < from + Math.min(done + SLICE, seeds); seed += 1) {
      const { violation, counts } = await simulate(seed);
      const failures = violation ? [{ seed, message: violation.message }] : [];
      add(report, { played: 1, failures, counts: Object.fromEntries(counts) });
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
    parentPort?.postMessage(report);
  }
}

function add(total: Report, { played, failures, counts }: Report): void {
  total.played += played;
  total.failures.push(...failures);
  for (const [name, count] of Object.entries(counts)) total.counts[name] = (total.counts[name] ?? 0) + count;
}

function readArguments() {
  const usage = 'npm run simulate -- --seeds 10000 --from 1 [--workers 2] [--trace]';
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '1000' },
        from: { type: 'string', default: '1' },
        workers: { type: 'string', default: String(availableParallelism()) },
        trace: { type: 'boolean', default: false },
      },
    });
    return {
      seeds: wholeNumber('--seeds', values.seeds),
      from: wholeNumber('--from', values.from),
      workers: Math.min(wholeNumber('--workers', values.workers), wholeNumber('--seeds', values.seeds)),
      trace: values.trace,
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\ntype ${usage}\n`);
    return process.exit(2);
  }
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${name} must be a whole number from 1, got ${text}`);
}

function rate({ played }: Report, startMs: number): string {
  return (played / ((performance.now() - startMs) / 1_000)).toFixed(0);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

import { say } from '../terminal.ts';
import type { Counts } from './run-files.ts';
import type { Source } from './source.ts';

const EVERY_MS = 5_000;

/** A function that says from time to time how far a pass is, with the remaining time if the number of rows is known. */
export async function progressOf(source: Source, rowsBefore = 0): Promise<(counts: Counts) => void> {
  const total = await source.count();
  const startMs = performance.now();
  let saidMs = startMs;
  return ({ rows, orders, rejected }) => {
    const nowMs = performance.now();
    if (nowMs - saidMs < EVERY_MS) return;
    saidMs = nowMs;
    const perSecond = (rows - rowsBefore) / ((nowMs - startMs) / 1_000);
    const left = total === undefined ? '' : ` of ${total}, ${durationText(Math.max(0, total - rows) / perSecond)} left`;
    const megabytes = Math.round(process.memoryUsage.rss() / 1e6);
    say(
      `  ${rows} rows${left}; ${Math.round(perSecond)} rows/s, ${orders} orders, ${rejected} rejected, ${megabytes} MB`,
    );
  };
}

function durationText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

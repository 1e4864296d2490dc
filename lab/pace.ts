import { setTimeout as sleep } from 'node:timers/promises';

const CHECK_EVERY_MS = 250;

/** Calls `work` with 0 to `times` - 1, with a bounded concurrency. Returns the results in the order in which they ended. */
export async function sideBySide<Result>(
  atATime: number,
  times: number,
  work: (n: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < times) results.push(await work(next++));
  };
  await Promise.all(Array.from({ length: atATime }, one));
  return results;
}

/** Calls `work` this many times at even intervals, even if earlier calls are running. @param rate calls a second */
export async function evenly<Result>(rate: number, times: number, work: () => Promise<Result>): Promise<Result[]> {
  const startedMs = performance.now();
  const started: Promise<Result>[] = [];
  for (let n = 0; n < times; n += 1) {
    const earlyMs = startedMs + (n * 1_000) / rate - performance.now();
    // A sleep takes at least 1 ms: above 1,000 a second, several calls follow each.
    if (earlyMs > 0) await sleep(earlyMs);
    started.push(work());
  }
  return Promise.all(started);
}

/** Repeats a check until it holds or the time is up. Returns whether it holds. */
export async function until(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    await sleep(CHECK_EVERY_MS);
  }
  return true;
}

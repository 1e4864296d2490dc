import { setTimeout as sleep } from 'node:timers/promises';

const CHECK_EVERY_MS = 250;

/** Does something for 0, 1 and so on below `times`, some at a time. Returns what came of each, in the order of their ends. */
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

/** Begins something so many times, evenly, whether earlier ones have ended or not. @param rate Times a second */
export async function evenly<Result>(rate: number, times: number, work: () => Promise<Result>): Promise<Result[]> {
  const startedMs = performance.now();
  const started: Promise<Result>[] = [];
  for (let n = 0; n < times; n += 1) {
    await sleep(Math.max(0, startedMs + (n * 1_000) / rate - performance.now()));
    started.push(work());
  }
  return Promise.all(started);
}

/** Checks again and again until something holds or the time is up. Returns whether it holds. */
export async function until(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    await sleep(CHECK_EVERY_MS);
  }
  return true;
}

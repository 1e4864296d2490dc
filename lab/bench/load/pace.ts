import { setTimeout as sleep } from 'node:timers/promises';

/** Does something so many times, by so many clients side by side. Returns what came of each, in the order of their ends. */
export async function sideBySide<Result>(
  clients: number,
  times: number,
  work: () => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let left = times;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      results.push(await work());
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return results;
}

/** Begins something so many times, evenly, whether earlier ones have ended or not. @param rate Times a second */
export async function evenly<Result>(rate: number, times: number, work: () => Promise<Result>): Promise<Result[]> {
  const beganMs = performance.now();
  const begun: Promise<Result>[] = [];
  for (let n = 0; n < times; n += 1) {
    await sleep(Math.max(0, beganMs + (n * 1_000) / rate - performance.now()));
    begun.push(work());
  }
  return Promise.all(begun);
}

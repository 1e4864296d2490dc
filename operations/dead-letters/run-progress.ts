import type { RunCounts } from './letter-run.ts';

const EVERY_MS = 2_000;
/** Where nobody watches. */
const SELDOM_MS = 10_000;

/** Says how far a long run is. */
export function runProgress(
  what: string,
  about: number,
  say: (line: string) => void,
  isWatched = process.stderr.isTTY,
): (counts: RunCounts) => void {
  const beganAt = performance.now();
  const every = isWatched ? EVERY_MS : SELDOM_MS;
  let saidAt = beganAt;
  return ({ moved }) => {
    const now = performance.now();
    if (now - saidAt < every) return;
    saidAt = now;
    const rate = Math.round(moved / ((now - beganAt) / 1_000));
    say(`${what}: ${moved} of about ${about} so far, ${rate} a second`);
  };
}

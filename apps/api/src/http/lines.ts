import { Problem, RETRY_SOON } from './problem.ts';

/** The bodies that wait hold at most 256 times 256 KB of memory for one caller. */
export const MAX_WAITING_OF_CALLER = 256;

/** Bounds how many pieces of work of one caller are in progress; the others wait in line. */
export class Lines {
  private readonly lines = new Map<string, { inProgress: number; waiting: (() => void)[] }>();

  /**
   * Resolves when a piece may begin; the returned function ends it.
   * @throws Problem `too-many-requests` when too many pieces wait in this line, or this one has waited too long.
   */
  async enter(name: string, atATime: number, maxWaitMs?: number): Promise<() => void> {
    const line = this.lines.get(name) ?? { inProgress: 0, waiting: [] };
    this.lines.set(name, line);
    if (line.inProgress < atATime) line.inProgress += 1;
    else if (line.waiting.length >= MAX_WAITING_OF_CALLER) throw tooManyWaiting();
    else await waitIn(line.waiting, maxWaitMs);
    return () => {
      const next = line.waiting.shift();
      if (next) return next();
      line.inProgress -= 1;
      if (line.inProgress === 0) this.lines.delete(name);
    };
  }
}

function waitIn(waiting: (() => void)[], maxWaitMs: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = () => {
      clearTimeout(timer);
      resolve();
    };
    const giveUp = () => {
      waiting.splice(waiting.indexOf(begin), 1);
      reject(tooManyWaiting());
    };
    const timer = maxWaitMs === undefined ? undefined : setTimeout(giveUp, maxWaitMs);
    waiting.push(begin);
  });
}

export function tooManyWaiting(): Problem {
  return new Problem('too-many-requests', 'too many requests of this caller are waiting', { headers: RETRY_SOON });
}

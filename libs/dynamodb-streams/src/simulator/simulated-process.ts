import type { Clock } from '../clock.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Observations } from './observations.ts';

/** The outcome that the network gives a call. */
export type Fate = 'ok' | 'slow' | 'fail' | 'throttle' | 'hang' | 'answer_lost' | 'late';

/** Probability of each fault; all other calls succeed. */
export type FaultRates = Readonly<Record<Exclude<Fate, 'ok'>, number>>;

export const calm: FaultRates = { slow: 0, fail: 0, throttle: 0, hang: 0, answer_lost: 0, late: 0 };

const rough: FaultRates = { slow: 0.05, fail: 0.03, throttle: 0.02, hang: 0.01, answer_lost: 0.02, late: 0.015 };
const stormy: FaultRates = { slow: 0.15, fail: 0.15, throttle: 0.1, hang: 0.05, answer_lost: 0.08, late: 0.06 };

/** Draws the fate of each call. */
export class Weather {
  rates: FaultRates = calm;
  private readonly random: SeededRandom;
  private readonly seen: Observations;

  constructor(random: SeededRandom, seen: Observations) {
    this.random = random;
    this.seen = seen;
  }

  change(): void {
    this.rates = this.random.pick([calm, rough, rough, stormy])!;
  }

  fateOf(call: string): Fate {
    if (this.rates === calm) return 'ok';
    let draw = this.random.next();
    for (const [fate, rate] of Object.entries(this.rates) as [Fate, number][]) {
      draw -= rate;
      if (draw >= 0) continue;
      this.seen.note(`call_${fate}`, '', call);
      return fate;
    }
    return 'ok';
  }
}

/** Largest relative error of a process's clock; the publish margin covers far more. */
const RATE_ERROR = 0.005;

/**
 * A process that may die or be paused. Its timers and the answers to its calls wait while it is paused, and never come
 * once it is dead. Calls that it has sent still take effect.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: Clock;
  private dead = false;
  private paused = false;
  private backlog: (() => void)[] = [];
  private readonly world: VirtualClock;
  private readonly random: SeededRandom;
  private readonly weather: Weather;

  constructor(name: string, world: VirtualClock, random: SeededRandom, weather: Weather) {
    this.name = name;
    this.world = world;
    this.random = random;
    this.weather = weather;
    const rate = 1 + random.between(-RATE_ERROR, RATE_ERROR);
    const offsetMs = random.between(0, 1e9);
    const skewMs = random.between(-2_000, 2_000);
    this.clock = {
      now: () => offsetMs + world.now() * rate,
      epochMs: () => world.epochMs() + skewMs,
      after: (ms, callback) => {
        let cancelled = false;
        const cancel = world.after(ms / rate, () => this.run(() => cancelled || callback()));
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  get alive(): boolean {
    return !this.dead;
  }

  get running(): boolean {
    return !this.dead && !this.paused;
  }

  kill(): void {
    this.dead = true;
    this.backlog = [];
  }

  pause(): void {
    this.paused = true;
  }

  /** Runs what has waited, one callback after the other, with the rest of the world in between. */
  resume(): void {
    this.paused = false;
    const backlog = this.backlog;
    this.backlog = [];
    for (const waiting of backlog) this.world.after(0, () => this.run(waiting));
  }

  /**
   * Calls something outside the process.
   *
   * @param act its effect there, when it arrives; what it throws is the answer
   */
  call<T>(what: string, act: () => T): Promise<T> {
    const fate = this.weather.fateOf(what);
    const latencyMs = this.latencyOf(fate);
    if (latencyMs === 0) return this.dead ? new Promise(() => undefined) : attempt(act);
    return new Promise((resolve, reject) => {
      this.world.after(latencyMs, () => {
        const answer = arrive(fate, act);
        // The caller may be dead: without this handler the rejection would count as unhandled.
        answer.catch(() => undefined);
        if (fate === 'hang') return;
        this.run(() => void answer.then(resolve, reject));
      });
    });
  }

  private latencyOf(fate: Fate): number {
    if (fate === 'ok') return this.random.chance(0.6) ? 0 : this.random.between(1, 20);
    if (fate === 'slow') return this.random.between(100, 1_200);
    if (fate === 'late') return this.random.between(1_000, 9_000);
    return this.random.between(1, 50);
  }

  private run(callback: () => void): void {
    if (this.dead) return;
    if (this.paused) this.backlog.push(callback);
    else callback();
  }
}

/** Returns the answer of the other side, if the call arrives and the answer comes back. */
function arrive<T>(fate: Fate, act: () => T): Promise<T> {
  if (fate === 'fail') return Promise.reject(new Error('connection reset'));
  if (fate === 'throttle')
    return Promise.reject(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
  if (fate === 'hang') return new Promise(() => undefined);
  const answer = attempt(act);
  if (fate !== 'answer_lost') return answer;
  const loseAnswer = () => Promise.reject(new Error('connection reset after the call was applied'));
  return answer.then(loseAnswer, loseAnswer);
}

function attempt<T>(act: () => T): Promise<T> {
  try {
    return Promise.resolve(act());
  } catch (error) {
    return Promise.reject(error);
  }
}

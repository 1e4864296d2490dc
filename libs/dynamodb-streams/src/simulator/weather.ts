import type { Observations } from './observations.ts';
import type { SeededRandom } from '../seeded-random.ts';

/** What becomes of a call on its way. */
export type Fate = 'ok' | 'slow' | 'fail' | 'throttle' | 'hang' | 'answer_lost' | 'late';

/** How likely each fault is; the rest is well. */
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

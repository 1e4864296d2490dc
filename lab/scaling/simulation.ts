import { assumptions, type Assumptions } from './assumptions.ts';
import { Metrics, MINUTE } from './metrics.ts';
import { SimulatedPipeline, type Second } from './pipeline.ts';
import { perService, serviceNames, taskRates, type PerService, type Platform } from './platform.ts';
import { delayed, type Profile } from './profiles.ts';
import { ServiceScaler } from './service-scaler.ts';

/** Inside jest's modules each use of a global is slow. */
const { floor, max } = Math;

/** The result of each second, and the orders that were left at the end. */
export type Run = ReturnType<typeof simulateScaling>;

/** Everything on which a run depends, except the demand. */
export interface Setting {
  readonly platform: Platform;
  /** Orders a second of one task of each service. */
  readonly rates: PerService<number>;
  readonly assumptions: Assumptions;
}

export function settingOf(platform: Platform): Setting {
  return { platform, rates: taskRates(platform), assumptions };
}

/** Simulates a demand. The same input always gives the same run. */
export function simulateScaling({ platform, rates, assumptions }: Setting, profile: Profile) {
  const pipeline = new SimulatedPipeline(rates, assumptions);
  const fewest = perService((name) => platform.services[name].minTasks);
  const metrics = new Metrics(pipeline.advance(-1, 0, fewest), assumptions);
  const scalers = perService((name) => new ServiceScaler(name, platform.services[name], metrics, assumptions));
  const seconds: Second[] = [];
  let demanded = 0;
  let requested = 0;
  for (let now = 0; now < profile.seconds; now += 1) {
    if (now > 0 && now % MINUTE === 0) metrics.add(seconds.slice(-MINUTE));
    for (const name of serviceNames) scalers[name].advance(now, profile.startMs + now * 1_000);
    // Orders are whole: the fraction of a second's demand is carried over.
    demanded += profile.ordersPerSecond(now);
    const demand = floor(demanded) - requested;
    requested += demand;
    const running = perService((name) => scalers[name].running);
    seconds.push(pipeline.advance(now, demand, running));
  }
  return { seconds, left: pipeline.left };
}

/** The second of a minute at which a rush starts, and at which AWS evaluates alarms, is unknown: these are tried. */
const QUARTERS = [0, 15, 30, 45] as const;

/** The run with the longest wait, among runs that start and evaluate alarms at different seconds of a minute. */
export function worstRun(setting: Setting, profile: Profile): Run {
  if (!profile.sudden) return simulateScaling(setting, profile);
  let worst: Run | undefined;
  for (const alarmSecond of QUARTERS) {
    const assumptions = { ...setting.assumptions, alarmSecond };
    for (const start of QUARTERS) {
      const run = simulateScaling({ ...setting, assumptions }, delayed(profile, start));
      if (!worst || longestWaitSeconds(run) > longestWaitSeconds(worst)) worst = run;
    }
  }
  return worst as Run;
}

/** The longest time from the acceptance of an order to its decision. */
export function longestWaitSeconds({ seconds }: Run): number {
  return seconds.reduce((longest, { oldestUndecidedSeconds: age }) => max(longest, age), 0);
}

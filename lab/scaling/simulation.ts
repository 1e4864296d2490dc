import { assumptions as usual, type Assumptions } from './assumptions.ts';
import { History, type Second } from './history.ts';
import { Pipeline, type TaskRates } from './pipeline.ts';
import { dollarsPerOrder, taskDollarsPerSecond } from './prices.ts';
import { delayed, type Profile } from './profiles.ts';
import { type Platform, type ServiceName, serviceNames } from './scaled-service.ts';
import { ServiceScaler } from './service-scaler.ts';
import { ServiceTasks } from './service-tasks.ts';

/** Everything that happened, second by second, and what was left at the end. */
export interface Run {
  readonly profile: Profile;
  readonly seconds: readonly Second[];
  readonly left: { readonly undecided: number; readonly untold: number };
  /** From its acceptance to its being in the table, of the order that waited longest. */
  readonly worstDecisionSeconds: number;
}

/** Plays a profile against the platform that a template describes. The same always comes to the same. */
export function simulateScaling(
  platform: Platform,
  profile: Profile,
  rates: TaskRates,
  assumptions: Assumptions = usual,
): Run {
  const history = new History(assumptions);
  const pipeline = new Pipeline(platform, rates, assumptions);
  const start = assumptions.taskStartSeconds;
  const tasks = each((name) => {
    // The relay and the worker have nothing before them that must find them first.
    const seconds = name === 'api' ? start + assumptions.registrationSeconds : start;
    return new ServiceTasks(platform.services[name], seconds);
  });
  const scalers = serviceNames.map(
    (name) => new ServiceScaler(platform.services[name], tasks[name], history, assumptions),
  );
  let worst = 0;
  let demanded = 0;
  let asked = 0;
  for (let now = 0; now < profile.seconds; now += 1) {
    const clock = new Date(profile.start.getTime() + now * 1_000);
    for (const scaler of scalers) scaler.advance(now, clock);
    for (const name of serviceNames) tasks[name].advance(now);
    // Orders are whole: what a second has of a part is carried on.
    demanded += profile.ordersPerSecond(now);
    const demand = Math.floor(demanded) - asked;
    asked += demand;
    const running = each((name) => tasks[name].running);
    const { decidedCohorts, ...second } = pipeline.advance(now, demand, running);
    for (const { acceptedAt } of decidedCohorts) worst = Math.max(worst, now - acceptedAt + 1);
    const dollars = dollarsOf(platform, tasks, second.accepted);
    history.seconds.push({ ...second, running, desired: each((name) => tasks[name].desired), dollars });
  }
  return { profile, seconds: history.seconds, left: pipeline.left, worstDecisionSeconds: worst };
}

/** A rush that begins right after a datapoint is seen last. */
const PHASE_SECONDS = [0, 10, 20, 30, 40, 50] as const;

/** The run in which an order waited longest, among those that begin at different seconds of a minute. */
export function worstRun(
  platform: Platform,
  profile: Profile,
  rates: TaskRates,
  assumptions: Assumptions = usual,
): Run {
  const phases = profile.sudden ? PHASE_SECONDS : [0];
  return phases
    .map((phase) => simulateScaling(platform, delayed(profile, phase), rates, assumptions))
    .reduce((worst, run) => (run.worstDecisionSeconds > worst.worstDecisionSeconds ? run : worst));
}

function dollarsOf(platform: Platform, tasks: Readonly<Record<ServiceName, ServiceTasks>>, orders: number): number {
  const running = serviceNames.reduce(
    (sum, name) => sum + taskDollarsPerSecond(platform.services[name], tasks[name].paid),
    0,
  );
  return running + orders * dollarsPerOrder;
}

function each<Value>(valueOf: (name: ServiceName) => Value): Record<ServiceName, Value> {
  return { api: valueOf('api'), worker: valueOf('worker'), 'stream-relay': valueOf('stream-relay') };
}

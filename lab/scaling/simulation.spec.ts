import fc from 'fast-check';
import type { Formula, ScalingPolicy } from '../../infra/lib/scaling/scaling-policies.ts';
import { figuresOf } from './figures.ts';
import { simulateScaling, type Run } from './simulation.ts';
import { aProfile, aSetting, stepping, tracking } from './testing/platform-factory.ts';

/** The first second in which this many tasks of the worker ran. */
const firstWith = ({ seconds }: Run, workers: number) => seconds.findIndex(({ running }) => running.worker >= workers);
const workersAtEnd = ({ seconds }: Run) => seconds.at(-1)?.running.worker;

/** An api that accepts everything, and one worker with these policies. */
const withWorkers = (...policies: ScalingPolicy[]) => aSetting({ api: { minTasks: 9 }, worker: { policies } });

describe('the simulation', () => {
  it('neither invents nor loses an order: each is accepted, refused or waits, each accepted one is decided and published once', () => {
    const anyService = fc.record({
      minTasks: fc.integer({ min: 1, max: 4 }),
      maxTasks: fc.integer({ min: 4, max: 9 }),
    });
    const anyDemand = fc.tuple(fc.double({ min: 0, max: 900, noNaN: true }), fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(anyService, anyService, anyService, anyDemand, (api, worker, relay, [rate, seconds]) => {
        const policies = [tracking('visible', 50), stepping('visible', 1_000, 3)];
        const setting = aSetting({ api, worker: { ...worker, policies }, 'stream-relay': relay });

        const { seconds: all, left } = simulateScaling(setting, aProfile(rate, seconds, 900));

        const total = (of: (second: (typeof all)[number]) => number) =>
          all.reduce((sum, second) => sum + of(second), 0);
        const accepted = total((second) => second.accepted);
        const decided = total((second) => second.decided);
        expect(total((second) => second.demand)).toBe(accepted + total((second) => second.refused));
        expect(decided + left.undecided).toBe(accepted);
        expect(total((second) => second.published) + left.unpublished).toBe(decided);
        const mostWorkers = Math.max(...all.map(({ running }) => running.worker));
        expect(mostWorkers).toBeLessThanOrEqual(worker.maxTasks);
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same result every time', () => {
    const setting = withWorkers(tracking('visible', 50));
    const profile = aProfile(333.3, 300, 900);

    expect(simulateScaling(setting, profile)).toEqual(simulateScaling(setting, profile));
  });

  it('refuses what the api cannot answer in time, and nothing else', () => {
    const refused = (minTasks: number) => {
      const setting = aSetting({ api: { minTasks } });
      const assumptions = { ...setting.assumptions, retriesSeconds: 0, refusalCost: 0 };
      return figuresOf(simulateScaling({ ...setting, assumptions }, aProfile(200, 60))).refused;
    };

    expect(refused(2)).toBe(0);
    // 100 a second are done, and half a second's worth waits.
    expect(refused(1)).toBe(5_950);
  });

  it('accepts orders that are sent again, after a rush that is over within their patience', () => {
    // 50 a second are too many for ten seconds.
    expect(figuresOf(simulateScaling(aSetting(), aProfile(150, 10, 120))).refused).toBe(0);
  });

  it('accepts less while it refuses much', () => {
    const accepted = (demand: number) => {
      const { seconds } = simulateScaling(aSetting(), aProfile(demand, 5));
      return seconds.at(-1)?.accepted;
    };
    expect([accepted(100), accepted(300)]).toEqual([100, 14]);
  });

  it('reacts to a backlog after three datapoints, the last a minute late, and the start of a task', () => {
    const run = simulateScaling(withWorkers(tracking('visible', 50)), aProfile(200, 600));

    expect(firstWith(run, 2)).toBe(3 * 60 + 60 + 50);
  });

  it('reacts to a backlog after one datapoint with a step policy', () => {
    const run = simulateScaling(withWorkers(stepping('visible', 100, 3)), aProfile(200, 600));

    expect(firstWith(run, 2)).toBe(60 + 60 + 50);
    expect(run.seconds[60 + 60 + 50]?.running.worker).toBe(4);
  });

  it('evaluates alarms once a minute, at the assumed second', () => {
    const setting = withWorkers(stepping('visible', 100, 3));
    const assumptions = { ...setting.assumptions, alarmSecond: 45 };

    expect(firstWith(simulateScaling({ ...setting, assumptions }, aProfile(200, 600)), 2)).toBe(60 + 60 + 45 + 50);
  });

  it('adds the tasks of a step once in a cooldown, however long the alarm rings', () => {
    const { seconds } = simulateScaling(withWorkers(stepping('visible', 100, 1)), aProfile(900, 500));

    // The alarm rings from second 120 on, the cooldown ends at 420.
    expect(seconds[200]?.running.worker).toBe(2);
    expect(seconds[469]?.running.worker).toBe(2);
    expect(seconds[470]?.running.worker).toBe(3);
  });

  it('removes tasks fifteen minutes after the end of the backlog, some at a time, down to the minimum', () => {
    const { seconds } = simulateScaling(withWorkers(tracking('visible', 50)), aProfile(200, 600, 4_800));
    const most = Math.max(...seconds.map(({ running }) => running.worker));

    expect(most).toBeGreaterThan(2);
    expect(seconds[1_200]?.running.worker).toBe(most);
    expect(seconds.at(-1)?.running.worker).toBe(1);
    const falls = seconds.filter(({ running }, n) => running.worker < (seconds[n - 1]?.running.worker ?? 0));
    expect(falls.length).toBeGreaterThan(1);
  });

  it('lets the largest policy win', () => {
    const both = withWorkers(stepping('visible', 100, 1), stepping('visible', 100, 5));

    expect(workersAtEnd(simulateScaling(both, aProfile(200, 300)))).toBe(6);
  });

  it('raises the minimum at the start of a campaign, and restores it', () => {
    const minimums = [
      { id: 'begins', at: new Date('2027-03-03T00:02:00Z'), minTasks: 5 },
      { id: 'ends', at: new Date('2027-03-03T00:10:00Z'), minTasks: 1 },
    ];
    const setting = aSetting({ worker: { minimums, policies: [tracking('visible', 50)] } });

    const run = simulateScaling(setting, aProfile(1, 3_600));

    expect(firstWith(run, 5)).toBe(2 * 60 + 50);
    expect(workersAtEnd(run)).toBe(1);
  });
});

describe('a formula over metrics that arrive a minute late', () => {
  const backlog: Formula = { id: 'backlog', label: '', sum: ['visible'], per: 'running' };

  it('rings as soon as three minutes have arrived, although the newest one never has', () => {
    const run = simulateScaling(withWorkers(tracking(backlog, 50)), aProfile(200, 1_200));

    expect(firstWith(run, 2)).toBe(3 * 60 + 60 + 50);
  });

  it('divides by the last known number of tasks', () => {
    const setting = withWorkers(tracking(backlog, 50));
    const assumptions = { ...setting.assumptions, queueMetricDelaySeconds: 0 };

    expect(workersAtEnd(simulateScaling({ ...setting, assumptions }, aProfile(200, 1_200)))).toBeGreaterThan(1);
  });
});

import fc from 'fast-check';
import { figuresOf } from './figures.ts';
import { simulateScaling } from './simulation.ts';
import { aPlatform, aProfile, metricOfTest, ratesOfTest, stepping, tracking } from './testing/platform-factory.ts';

const visible = metricOfTest('ApproximateNumberOfMessagesVisible');
const run = (platform: ReturnType<typeof aPlatform>, profile: ReturnType<typeof aProfile>) =>
  simulateScaling(platform, profile, ratesOfTest);
/** The first second in which so many tasks of the worker ran. */
const firstWith = (seconds: ReturnType<typeof run>['seconds'], workers: number) =>
  seconds.findIndex(({ running }) => running.worker >= workers);

describe('the simulation', () => {
  it('makes and loses no order: each that was asked for is taken in, refused or waits, each taken in decided and told once', () => {
    const anyService = fc.record({ min: fc.integer({ min: 1, max: 4 }), max: fc.integer({ min: 4, max: 9 }) });
    const anyDemand = fc.tuple(fc.double({ min: 0, max: 900, noNaN: true }), fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(anyService, anyService, anyService, anyDemand, (api, worker, relay, [rate, seconds]) => {
        const policies = [tracking(visible, 50), stepping(visible, 1_000, 3)];
        const platform = aPlatform({ api, worker: { ...worker, policies }, 'stream-relay': relay });

        const { seconds: all, left } = run(platform, aProfile(rate, seconds, 900));

        const total = (of: (second: (typeof all)[number]) => number) =>
          all.reduce((sum, second) => sum + of(second), 0);
        const accepted = total((second) => second.accepted);
        const decided = total((second) => second.decided);
        expect(total((second) => second.demand)).toBe(accepted + total((second) => second.refused));
        expect(decided + left.undecided).toBe(accepted);
        expect(total((second) => second.told) + left.untold).toBe(decided);
        for (const { running } of all) expect(running.worker).toBeLessThanOrEqual(worker.max);
      }),
      { numRuns: 50 },
    );
  });

  it('comes to the same every time', () => {
    const platform = aPlatform({ worker: { policies: [tracking(visible, 50)] } });

    const profile = aProfile(333.3, 300, 900);

    expect(run(platform, profile)).toEqual(run(platform, profile));
  });

  it('refuses what the api can not answer in time, and nothing else', () => {
    const enough = run(aPlatform({ api: { min: 2 } }), aProfile(200, 60));
    const tooFew = run(aPlatform({ api: { min: 1 } }), aProfile(200, 60));

    expect(figuresOf(enough).refused).toBe(0);
    // 100 a second are done, and half a second's worth waits.
    expect(figuresOf(tooFew)).toMatchObject({ accepted: 6_000, refused: 5_950 });
  });

  it('sees a backlog after three datapoints, each a minute late, and has tasks when they have started', () => {
    const { seconds } = run(
      aPlatform({ api: { min: 2 }, worker: { policies: [tracking(visible, 50)] } }),
      aProfile(200, 600),
    );

    expect(firstWith(seconds, 2)).toBe(3 * 60 + 60 + 50);
  });

  it('sees a backlog after one datapoint where an alarm with steps does', () => {
    const { seconds } = run(
      aPlatform({ api: { min: 2 }, worker: { policies: [stepping(visible, 100, 3)] } }),
      aProfile(200, 600),
    );

    expect(firstWith(seconds, 2)).toBe(60 + 60 + 50);
    expect(seconds[60 + 60 + 50]?.running.worker).toBe(4);
  });

  it('adds what steps add once in a cooldown, however long the alarm lasts', () => {
    const { seconds } = run(
      aPlatform({ api: { min: 9 }, worker: { policies: [stepping(visible, 100, 1)] } }),
      aProfile(900, 420),
    );

    expect(seconds[300]?.desired.worker).toBe(2);
    expect(seconds[419]?.desired.worker).toBe(2);
  });

  it('takes tasks away fifteen minutes after the backlog is gone, some at a time, down to the minimum', () => {
    const policies = [tracking(visible, 50)];
    const { seconds } = run(aPlatform({ api: { min: 2 }, worker: { policies } }), aProfile(200, 600, 4_800));
    const most = Math.max(...seconds.map(({ running }) => running.worker));

    expect(most).toBeGreaterThan(2);
    expect(seconds[1_200]?.running.worker).toBe(most);
    expect(seconds.at(-1)?.running.worker).toBe(1);
    const falls = seconds.filter(({ running }, n) => running.worker < (seconds[n - 1]?.running.worker ?? 0));
    expect(falls.length).toBeGreaterThan(1);
  });

  it('lets the largest policy win', () => {
    const both = [stepping(visible, 100, 1), stepping(visible, 100, 5)];
    const { seconds } = run(aPlatform({ api: { min: 2 }, worker: { policies: both } }), aProfile(200, 300));

    expect(seconds.at(-1)?.desired.worker).toBe(6);
  });

  it('names a metric that it can not play', () => {
    const platform = aPlatform({ worker: { policies: [tracking(metricOfTest('MoonPhase'), 1)] } });

    expect(() => run(platform, aProfile(1, 1))).toThrow('the metric MoonPhase can not be played');
  });

  it('raises the minimum when a schedule says so, and restores it', () => {
    const scheduled = [
      { name: 'begins', schedule: 'at(2027-03-03T00:02:00)', min: 5, max: undefined },
      { name: 'ends', schedule: 'at(2027-03-03T00:10:00)', min: 1, max: undefined },
    ];
    const { seconds } = run(
      aPlatform({ worker: { scheduled, policies: [tracking(visible, 50)] } }),
      aProfile(1, 3_600),
    );

    expect(firstWith(seconds, 5)).toBe(2 * 60 + 50);
    expect(seconds.at(-1)?.running.worker).toBe(1);
  });

  it('charges a task from when it starts, on Spot less', () => {
    const oneHour = (spotShare: number) =>
      figuresOf(run(aPlatform({ worker: { spotShare } }), aProfile(0, 3_600))).dollars;

    // 3 tasks × (0.5 vCPU × $0.03238 + 1 GB × $0.00356)
    expect(oneHour(0)).toBeCloseTo(0.059_25, 5);
    expect(oneHour(1)).toBeCloseTo(0.059_25 - 0.65 * 0.019_75, 5);
  });
});

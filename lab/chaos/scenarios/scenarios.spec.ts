import { type Moment, momentLine } from './moment.ts';
import { scenarioNames, scheduleOf } from './scenarios.ts';

const MINUTE = { durationMs: 60_000, rate: 100 };
const endOf = (moment: Moment) => moment.atMs + ('forMs' in moment ? moment.forMs : 0);
const acts = (moments: readonly Moment[]) => new Set(moments.map(({ act }) => act));

describe.each(scenarioNames)('%s', (name) => {
  it('has moments within a run of seconds, a minute or an hour', () => {
    for (const durationMs of [6_000, 60_000, 3_600_000]) {
      const moments = scheduleOf(name, 1, { durationMs, rate: 50 });
      expect(moments.length).toBeGreaterThan(0);
      for (const moment of moments) {
        expect(moment.atMs).toBeGreaterThanOrEqual(0);
        expect(moment.atMs).toBeLessThanOrEqual(durationMs);
        // A stopped relay sleeps longer than its lease, even in a short run.
        if (moment.act !== 'pause-owner') expect(endOf(moment)).toBeLessThanOrEqual(durationMs);
      }
    }
  });

  it('draws shares from 0 to 1, and times in order', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const moments = scheduleOf(name, seed, MINUTE);
      expect(moments.map(({ atMs }) => atMs)).toEqual(moments.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
      const faults = moments.flatMap((moment) => (moment.act === 'calls' ? moment.faults : []));
      for (const { share } of faults) {
        expect(share).toBeGreaterThan(0);
        expect(share).toBeLessThanOrEqual(1);
      }
    }
  });

  it('is the same with the same seed', () => {
    expect(scheduleOf(name, 7, MINUTE)).toEqual(scheduleOf(name, 7, MINUTE));
  });
});

describe('the scenarios', () => {
  it('kill each of the six processes every 5 to 15 s in a kill storm', () => {
    const kills = scheduleOf('kill-storm', 3, { ...MINUTE, durationMs: 600_000 }).filter((m) => m.act === 'kill');
    const byProcess = Object.groupBy(kills, ({ app, instance }) => `${app} ${instance}`);
    expect(Object.keys(byProcess)).toHaveLength(6);
    for (const times of Object.values(byProcess)) {
      const pauses = times!.slice(1).map(({ atMs }, n) => atMs - times![n]!.atMs);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5_000);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(15_001);
    }
  });

  it("have an outage of minutes in a run of minutes, with a promise of the api's answers", () => {
    const moments = scheduleOf('dynamodb-outage', 1, { ...MINUTE, durationMs: 600_000 });
    expect(moments.map(momentLine)).toEqual([
      '  120.0 s  every answer is 202 within 2 s for 180.0 s',
      '  120.0 s  dynamodb reset-before 100 % and streams reset-before 100 % for 60.0 s',
      '  180.0 s  dynamodb hang 100 % and streams hang 100 % for 60.0 s',
      '  240.0 s  dynamodb error 100 % and streams error 100 % for 60.0 s',
    ]);
  });

  it('make 0.1 % of what enters the queue poison', () => {
    expect(scheduleOf('poison', 1, { durationMs: 600_000, rate: 200 })).toHaveLength(120);
  });

  it('play all kinds of moments in each', () => {
    expect(acts(scheduleOf('each', 1, { durationMs: 96_000, rate: 50 }))).toEqual(
      new Set(['kill', 'promise', 'calls', 'poison', 'impatience', 'deploy', 'pause-owner', 'shift-clock', 'pause']),
    );
  });
});

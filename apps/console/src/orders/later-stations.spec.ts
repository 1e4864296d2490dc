import type { PipelineState, Station } from '../pipeline/station.ts';
import { Reader } from '../view/reader.ts';
import { laterStations } from './later-stations.ts';

const AT = '2026-11-28T10:00:00.000Z';

function stationsOf(changedBefore: number, oldest: Record<string, number | undefined>, relay: Station['state'] = 'up') {
  const stations = Object.entries({ worker: 0, 'stream-relay': 0, inventory: 0, ...oldest }).map(
    ([name, now]): Station => ({
      name,
      state: name === 'stream-relay' ? relay : 'unknown',
      figures: now === undefined ? {} : { oldest: { now, line: [] } },
    }),
  );
  const state: PipelineState = { at: AT, seconds: 60, stations };
  const updatedAt = new Date(Date.parse(AT) - changedBefore).toISOString();
  return laterStations(updatedAt, state, new Reader('en-GB')).map(({ name, hasPassed }) => [name, hasPassed]);
}

describe('the stations after the worker', () => {
  it('have passed a change that is older than what they wait for', () => {
    const passed = [
      ['stream-relay', true],
      ['inventory', true],
    ];
    expect(stationsOf(60_000, {})).toEqual(passed);
    expect(stationsOf(60_000, { 'stream-relay': 20_000, inventory: 50_000 })).toEqual(passed);
  });

  it('may have a change that is younger, one that has just come, and each while the relay is down', () => {
    for (const waits of [90_000, undefined])
      expect(stationsOf(60_000, { inventory: waits })).toEqual([
        ['stream-relay', true],
        ['inventory', false],
      ]);
    expect(stationsOf(60_000, { 'stream-relay': 90_000 })).toEqual([['stream-relay', false]]);
    expect(stationsOf(1_000, {})).toEqual([['stream-relay', false]]);
    expect(stationsOf(60_000, {}, 'down')).toEqual([['stream-relay', false]]);
  });
});

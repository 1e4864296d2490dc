import { setImmediate as nextRound } from 'node:timers/promises';
import { Starts, Turns } from './turns.ts';

describe('Starts', () => {
  it('starts four requests of a caller at once and in each round of the event loop, and all of a caller with few', async () => {
    const starts = new Starts();
    const started: string[] = [];
    const all = ['a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'b', 'b'];
    const starting = Promise.all(all.map((subject) => starts.next(subject).then(() => started.push(subject))));
    const rounds: string[] = [];
    while (started.length < all.length) {
      rounds.push(started.join(''));
      await nextRound();
    }
    await starting;
    expect([...rounds, started.join('')]).toEqual(['', 'aaaabbaaaa', 'aaaabbaaaaa']);
  });

  it('refuses a caller with too many requests, and not another', async () => {
    const starts = new Starts();
    const waiting = Array.from({ length: 4 + 256 }, () => starts.next('a'));
    await expect(starts.next('a')).rejects.toThrow('too many requests of this caller are waiting');
    await Promise.all([...waiting, starts.next('b')]);
    await starts.next('a');
  });
});

describe('Turns', () => {
  it('serves callers in rotation, one piece in each round of the event loop', async () => {
    const turns = new Turns();
    const served: string[] = [];
    const pieces = ['a', 'a', 'a', 'b', 'c'].map((subject) => turns.next(subject).then(() => served.push(subject)));
    // A timer comes between the pieces: the loop is free for others in each round.
    const rounds: number[] = [];
    const rest = Promise.all(pieces);
    const look = () => {
      rounds.push(served.length);
      if (served.length < 5) setImmediate(look);
    };
    setImmediate(look);
    await rest;
    expect(served).toEqual(['a', 'b', 'c', 'a', 'a']);
    expect(rounds.slice(0, 4)).toEqual([1, 2, 3, 4]);
  });

  it('works on eight large bodies of a caller at a time, and on every small one', async () => {
    const turns = new Turns();
    const works: PromiseWithResolvers<void>[] = [];
    const work = () => {
      works.push(Promise.withResolvers<void>());
      return works.at(-1)!.promise;
    };
    const done = Array.from({ length: 10 }, () => turns.forBody('a', 5_000, work));
    await Promise.all([turns.forBody('b', 5_000, async () => 0), turns.forBody('a', 100, async () => 0)]);
    while (works.length < 8) await nextRound();
    await nextRound();
    expect(works).toHaveLength(8);
    works[0]!.resolve();
    works[1]!.reject(new Error('refused'));
    await done[0];
    await expect(done[1]).rejects.toThrow('refused');
    while (works.length < 10) await nextRound();
    works.forEach(({ resolve }) => resolve());
    await Promise.allSettled(done);
  });

  it('refuses a caller with too many pieces, and not another', async () => {
    const turns = new Turns();
    const waiting = Array.from({ length: 256 }, () => turns.next('a'));
    expect(() => turns.next('a')).toThrow('too many requests of this caller are waiting');
    await Promise.all([...waiting, turns.next('b')]);
    await turns.next('a');
  });
});

import { Turns } from './turns.ts';

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

  it('refuses a caller with too many pieces, and not another', async () => {
    const turns = new Turns();
    const waiting = Array.from({ length: 256 }, () => turns.next('a'));
    expect(() => turns.next('a')).toThrow('too many requests of this caller are waiting');
    await Promise.all([...waiting, turns.next('b')]);
    await turns.next('a');
  });
});

import { VerifiedCallers } from './verified-callers.ts';

const ada = { subject: 'ada', roles: ['retail'] as const };
const grace = { subject: 'grace', roles: [] };

describe('VerifiedCallers', () => {
  let nowMs: number;
  let callers: VerifiedCallers;
  const inSeconds = (seconds: number) => nowMs + seconds * 1_000;
  const knowing = (maxCallers?: number) => new VerifiedCallers(maxCallers, () => nowMs);

  beforeEach(() => {
    nowMs = 1_800_000_000_000;
    callers = knowing();
  });

  it('finds the caller only by exactly the same token', () => {
    callers.add('a.b.c', ada, inSeconds(600));
    callers.add('a.b.d', grace, inSeconds(600));
    expect([callers.find('a.b.c'), callers.find('a.b.d')]).toEqual([ada, grace]);
    expect(callers.find('a.b.C')).toBeUndefined();
  });

  it('forgets a caller when the token ends', () => {
    callers.add('a.b.c', ada, inSeconds(3));
    nowMs += 2_999;
    expect(callers.find('a.b.c')).toBe(ada);
    nowMs += 1;
    expect(callers.find('a.b.c')).toBeUndefined();
  });

  it('requires another verification after a minute, however often the token is used', () => {
    callers.add('a.b.c', ada, inSeconds(3_600));
    for (let second = 0; second < 59; second += 1) {
      nowMs += 1_000;
      expect(callers.find('a.b.c')).toBe(ada);
    }
    nowMs += 1_000;
    expect(callers.find('a.b.c')).toBeUndefined();
  });

  it('keeps at most the given number of callers, and forgets the oldest first', () => {
    callers = knowing(2);
    for (const token of ['first', 'second', 'third']) callers.add(token, ada, inSeconds(60));
    expect(['first', 'second', 'third'].map((token) => callers.find(token))).toEqual([undefined, ada, ada]);
  });

  it('forgets all callers when it is cleared, because the keys may have changed', () => {
    callers.add('a.b.c', ada, inSeconds(60));
    callers.clear();
    expect(callers.find('a.b.c')).toBeUndefined();
  });
});

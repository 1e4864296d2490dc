import fc from 'fast-check';
import { OrderError } from '#libs/orders';
import { dispositionOf, retryDelaySeconds } from './failure.ts';

describe('dispositionOf', () => {
  it('retries forever while the table is unavailable', () => {
    expect(dispositionOf(new OrderError('TABLE_UNAVAILABLE', 'down'), 99, 60)).toMatchObject({ retry: true });
  });

  it.each(['MALFORMED_COMMAND', 'ITEM_REFUSED'] as const)('dead-letters %s at once', (code) => {
    expect(dispositionOf(new OrderError(code, 'why'), 1, 60)).toEqual({ retry: false, code, detail: 'why' });
  });

  it('tries an unexpected failure five times', () => {
    expect(dispositionOf(new TypeError('bug'), 4, 60)).toEqual({ retry: true, delaySeconds: 60 });
    expect(dispositionOf(new TypeError('bug'), 5, 60)).toEqual({
      retry: false,
      code: 'POISON',
      detail: 'TypeError: bug',
    });
  });
});

describe('retryDelaySeconds', () => {
  it('grows to at most 5 minutes and always spreads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (receives, random) => {
          const delay = retryDelaySeconds(receives, () => random);
          const ceiling = Math.min(300, 2 ** Math.min(receives, 20));
          return Number.isInteger(delay) && delay >= ceiling / 2 && delay <= ceiling;
        },
      ),
    );
  });
});

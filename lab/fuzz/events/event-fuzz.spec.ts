import { OrderEventError, type readOrderEvent } from '#libs/order-events';
import { readingError, fuzzEvents } from './event-fuzz.ts';

const throws =
  (error: Error): typeof readOrderEvent =>
  () => {
    throw error;
  };

describe('the fuzzer of events', () => {
  it("finds errors of other kinds than the library's, and events that contradict themselves", () => {
    expect(readingError('{}', throws(new TypeError('x is undefined')))).toContain('TypeError');
    expect(readingError('{}', throws(new RangeError('Maximum call stack size exceeded')))).toContain('RangeError');
    const event = { orderId: 'x', version: 1, order: { orderId: 'y', version: 1 }, event: { subject: 'x' } };
    expect(readingError('{}', () => event as never)).toContain('contradicts');
    expect(readingError('{}', throws(new OrderEventError('MALFORMED_EVENT', 'expected')))).toBe('REFUSED');
  });

  it('generates valid and invalid events, the same for the same seed', () => {
    const first = fuzzEvents(300, 7);
    expect(first.violations).toEqual([]);
    expect(Math.min(first.figures.read, first.figures.refused)).toBeGreaterThan(50);
    expect(fuzzEvents(300, 7)).toEqual(first);
  });
});

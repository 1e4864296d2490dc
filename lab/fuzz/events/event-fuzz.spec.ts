import { OrderEventError, type readOrderEvent } from '#libs/order-events';
import { readingError, fuzzEvents } from './event-fuzz.ts';

const throws =
  (error: Error): typeof readOrderEvent =>
  () => {
    throw error;
  };

describe('the fuzzer of events', () => {
  it('catches an error that is not of the library, and an event that contradicts itself', () => {
    expect(readingError('{}', throws(new TypeError('x is undefined')))).toContain('TypeError');
    expect(readingError('{}', throws(new RangeError('Maximum call stack size exceeded')))).toContain('RangeError');
    const event = { orderId: 'x', version: 1, order: { orderId: 'y', version: 1 }, event: { subject: 'x' } };
    expect(readingError('{}', () => event as never)).toContain('contradicts');
    expect(readingError('{}', throws(new OrderEventError('MALFORMED_EVENT', 'expected')))).toBe('REFUSED');
  });

  it('generates events of which some are read and some are refused, the same of a seed', () => {
    const first = fuzzEvents(300, 7);
    expect(first.violations).toEqual([]);
    expect(Math.min(first.figures.read, first.figures.refused)).toBeGreaterThan(50);
    expect(fuzzEvents(300, 7)).toEqual(first);
  });
});

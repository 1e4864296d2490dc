import type { Caller } from '#libs/orders';
import { ordersQueryOf } from './orders-query.ts';

const caller: Caller = { subject: 'cust-1', roles: ['retail'] };

describe('the days of a query', () => {
  it.each([
    ['a day in winter', '2027-01-01', '2027-01-02', '2026-12-31T23:00:00.000Z', '2027-01-01T23:00:00.000Z'],
    ['a day of 23 hours', '2026-03-29', '2026-03-30', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['a day of 25 hours', '2026-10-25', '2026-10-26', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['a time', '2026-10-25T00:00Z', '2026-10-26', '2026-10-25T00:00:00.000Z', '2026-10-25T23:00:00.000Z'],
  ])("are in the seller's time zone: %s", (_, from, to, first, end) => {
    expect(ordersQueryOf(caller, { from, to }, 'Europe/Berlin')).toMatchObject({ from: first, to: end });
  });

  it('are compared in it', () => {
    const query = { from: '2026-12-31T23:30:00Z', to: '2027-01-01' };
    expect(() => ordersQueryOf(caller, query, 'Europe/Berlin')).toThrow('the query is invalid');
    expect(ordersQueryOf(caller, query, 'UTC')).toMatchObject({ to: '2027-01-01T00:00:00.000Z' });
  });
});

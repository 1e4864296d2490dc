import { readFileSync } from 'node:fs';
import { readOrderEvent } from '#libs/order-events';
import { eventLine, unreadableLine } from './event-line.ts';

const EXAMPLES = new URL('../libs/orders/schemas/examples/', import.meta.url);
const example = (name: string) => readOrderEvent(readFileSync(new URL(`order.${name}.v1.json`, EXAMPLES), 'utf8'));

describe('eventLine', () => {
  it('shows time, event, order, version, total and the change of the status', () => {
    expect(eventLine(example('shipped'), 'applied')).toBe(
      '2026-01-02T03:04:06Z  shipped              9WVF684MTE7GGR38H0ZE7CHBP1  v3           EUR 30.88  IN_FULFILLMENT → SHIPPED',
    );
  });

  it("shows an order's first status, and a status that stays", () => {
    expect(eventLine(example('awaiting_approval'), 'applied')).toMatch(/ {2}new → AWAITING_APPROVAL$/);
    expect(eventLine(example('return_requested'), 'applied')).toMatch(/ {2}SHIPPED$/);
  });

  it('marks a repeated delivery', () => {
    expect(eventLine(example('shipped'), 'skipped')).toMatch(/→ SHIPPED {2}\(delivered again: skipped\)$/);
  });

  it('marks a replay', () => {
    const replayed = { ...example('shipped'), replay: 'gap-1' };
    expect(eventLine(replayed, 'applied')).toMatch(/→ SHIPPED {2}\(replay gap-1\)$/);
    expect(eventLine(replayed, 'skipped')).toMatch(/→ SHIPPED {2}\(replay gap-1: skipped\)$/);
  });

  it('shows the minor units of the currency', () => {
    const received = example('shipped');
    const totalIn = (currency: string) =>
      eventLine({ ...received, order: { ...received.order, currency } } as never, 'applied');
    expect(totalIn('JPY')).toContain(' JPY 3,088 ');
    expect(totalIn('KWD')).toContain(' KWD 3.088 ');
  });
});

describe('unreadableLine', () => {
  it('shows the reason, and the message without its control characters', () => {
    const body = 'no \u001b[31mJSON';
    let reason: unknown;
    try {
      readOrderEvent(body);
    } catch (error) {
      reason = error;
    }
    expect(unreadableLine(body, reason)).toBe(
      'MALFORMED_EVENT: expected an event as JSON, got a body that is not JSON\n  "no \\u001b[31mJSON"',
    );
  });
});

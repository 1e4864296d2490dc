import { minorDigitsOf } from '#libs/orders';
import { OrderEventError, type Outcome, type ReceivedOrderEvent } from '#libs/order-events';

/** An event as a line of columns, for a terminal. */
export function eventLine(received: ReceivedOrderEvent, outcome: Outcome): string {
  const { event, eventName, orderId, version, order } = received;
  const columns = [
    `${new Date(event.time).toISOString().slice(0, 19)}Z`,
    eventName.padEnd('fulfillment_started'.length),
    orderId,
    `v${version}`.padEnd(4),
    moneyOf(order.total, order.currency).padStart('EUR 1,000,000.00'.length),
    statusChange(received),
  ];
  return columns.join('  ') + noteOn(received, outcome);
}

function noteOn({ replay }: ReceivedOrderEvent, outcome: Outcome): string {
  const skipped = outcome === 'skipped' ? ': skipped' : '';
  if (replay) return `  (replay ${replay}${skipped})`;
  return skipped && `  (delivered again${skipped})`;
}

/** A message that is not an event, and the reason. It is quoted, because control characters are instructions to a terminal. */
export function unreadableLine(body: string, error: unknown): string {
  const code = error instanceof OrderEventError ? error.code : 'UNREADABLE';
  return `${code}: ${error instanceof Error ? error.message : String(error)}\n  ${JSON.stringify(body)}`;
}

/** The change of the status by an event, e.g. `new → CONFIRMED`. */
export function statusChange({ previousStatus, order: { status } }: ReceivedOrderEvent): string {
  return previousStatus === status ? status : `${previousStatus ?? 'new'} → ${status}`;
}

/** An amount in minor units, e.g. `EUR 30.88`; a JPY has none. */
export function moneyOf(amount: number, currency: string): string {
  const digits = minorDigitsOf(currency);
  const format = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    currencyDisplay: 'code',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // Intl puts a no-break space after the code.
  return format.format(amount / 10 ** digits).replace('\u00a0', ' ');
}

import type { LineQuantity, Order, ReturnRequestStatus, ReturnStatus } from './order.ts';

/** Pieces by line number; a line that is not there has none. */
type Quantities = ReadonlyMap<number, number>;

const BACK: readonly ReturnRequestStatus[] = ['RECEIVED', 'CLOSED'];

export function shippedQuantities({ shipments }: Pick<Order, 'shipments'>): Quantities {
  return added(shipments.flatMap(({ items }) => items));
}

/** What is to be sent back or was: of all returns but declined ones. */
export function returningQuantities({ returns }: Pick<Order, 'returns'>): Quantities {
  return added(returns.filter(({ status }) => status !== 'DECLINED').flatMap(({ items }) => items));
}

/** Whether every piece of every line item is among these. */
export function isEverything({ lineItems }: Pick<Order, 'lineItems'>, quantities: Quantities): boolean {
  return lineItems.every(({ lineNumber, quantity }) => (quantities.get(lineNumber) ?? 0) >= quantity);
}

export function returnStatusOf(order: Pick<Order, 'lineItems' | 'returns'>): ReturnStatus {
  const back = added(order.returns.filter(({ status }) => BACK.includes(status)).flatMap(({ items }) => items));
  if (back.size === 0) return 'NONE';
  return isEverything(order, back) ? 'RETURNED' : 'PARTIAL';
}

/** The price of the pieces, before discount and tax, in minor units. */
export function goodsOf({ lineItems }: Pick<Order, 'lineItems'>, items: readonly LineQuantity[]): number {
  const prices = new Map(lineItems.map(({ lineNumber, unitPrice }) => [lineNumber, unitPrice]));
  return items.reduce((sum, { lineNumber, quantity }) => sum + quantity * (prices.get(lineNumber) ?? 0), 0);
}

function added(items: readonly LineQuantity[]): Quantities {
  const sums = new Map<number, number>();
  for (const { lineNumber, quantity } of items) sums.set(lineNumber, (sums.get(lineNumber) ?? 0) + quantity);
  return sums;
}

import type { LineItem, LineQuantity, Order, ReturnRequestStatus, ReturnStatus } from './order.ts';

/** Quantities by line number; an absent line has none. */
type Quantities = ReadonlyMap<number, number>;

const RETURNED_STATUSES: readonly ReturnRequestStatus[] = ['RECEIVED', 'CLOSED'];

export function shippedQuantities({ shipments }: Pick<Order, 'shipments'>): Quantities {
  return sumByLine(shipments.flatMap(({ items }) => items));
}

/** What was ordered and not shipped yet. */
export function unshippedItems(order: Pick<Order, 'lineItems' | 'shipments'>): LineQuantity[] {
  const shipped = shippedQuantities(order);
  return order.lineItems
    .map(({ lineNumber, quantity }) => ({ lineNumber, quantity: quantity - (shipped.get(lineNumber) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

/** The goods of all returns that are not declined, whether they are back yet or not. */
export function returningQuantities({ returns }: Pick<Order, 'returns'>): Quantities {
  return sumByLine(returns.filter(({ status }) => status !== 'DECLINED').flatMap(({ items }) => items));
}

/** Whether the quantities cover every line item completely, except what was cancelled of it. */
export function coversAllLines(
  { lineItems, cancelledItems = [] }: Pick<Order, 'lineItems' | 'cancelledItems'>,
  quantities: Quantities,
): boolean {
  const cancelled = sumByLine(cancelledItems);
  return lineItems.every(
    ({ lineNumber, quantity }) => (quantities.get(lineNumber) ?? 0) + (cancelled.get(lineNumber) ?? 0) >= quantity,
  );
}

export function returnStatusOf(order: Pick<Order, 'lineItems' | 'cancelledItems' | 'returns'>): ReturnStatus {
  const back = sumByLine(
    order.returns.filter(({ status }) => RETURNED_STATUSES.includes(status)).flatMap(({ items }) => items),
  );
  if (back.size === 0) return 'NONE';
  return coversAllLines(order, back) ? 'RETURNED' : 'PARTIAL';
}

/** The price of all line items, before discount and tax, in minor units. */
export function priceOf(lineItems: readonly Pick<LineItem, 'quantity' | 'unitPrice'>[]): number {
  return lineItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
}

/** The price of the items, before discount and tax, in minor units. */
export function goodsOf({ lineItems }: Pick<Order, 'lineItems'>, items: readonly LineQuantity[]): number {
  const prices = new Map(lineItems.map(({ lineNumber, unitPrice }) => [lineNumber, unitPrice]));
  return items.reduce((sum, { lineNumber, quantity }) => sum + quantity * (prices.get(lineNumber) ?? 0), 0);
}

export function sumByLine(items: readonly LineQuantity[]): Quantities {
  const sums = new Map<number, number>();
  for (const { lineNumber, quantity } of items) sums.set(lineNumber, (sums.get(lineNumber) ?? 0) + quantity);
  return sums;
}

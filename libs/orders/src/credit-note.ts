import { goodsOf, priceOf, sumByLine } from './line-quantities.ts';
import type { LineQuantity, OrderCreditNote, Order } from './order.ts';

/**
 * The credit note of a return, or of a rest that was cancelled: the price of its goods, minus their discount, plus their tax. The shipping and its tax
 * stay. A line's discount and tax are credited by quantity: the rounded share of all pieces credited so far, minus that of the pieces credited
 * before. So the shares of a line add up to its amounts, whatever comes back first.
 * @param order the order before the return is closed, or its rest cancelled.
 * @param now ISO 8601, UTC.
 */
export function creditNoteOf(
  order: Order,
  { returnId, items }: { returnId?: string; items: readonly LineQuantity[] },
  now: string,
): OrderCreditNote {
  const { creditNotes, lineItems } = order;
  const earlier = creditedItems(order);
  const before = sumByLine(earlier);
  const after = sumByLine([...earlier, ...items]);
  const creditOf = (amounts: readonly number[]) =>
    lineItems.reduce((sum, { lineNumber, quantity }, line) => {
      const upTo = (pieces = 0) => roundedShare(amounts[line] ?? 0, pieces, quantity);
      return sum + upTo(after.get(lineNumber)) - upTo(before.get(lineNumber));
    }, 0);
  const goods = goodsOf(order, items);
  const discounts = lineDiscounts(order);
  const discount = creditOf(discounts);
  const tax = creditOf(lineTaxes(order, discounts));
  return {
    creditNoteNumber: `CN-${order.orderId}-${creditNotes.length + 1}`,
    issuedAt: now,
    ...(returnId !== undefined && { returnId }),
    goods,
    discount,
    shipping: 0,
    tax,
    total: goods - discount + tax,
  };
}

/**
 * The credit note of a cancelled order: all amounts of its invoice, because nothing was shipped.
 * @param now ISO 8601, UTC.
 */
export function cancellationCreditNoteOf(order: Order, now: string): OrderCreditNote {
  const { orderId, lineItems, discount, shipping, tax, total } = order;
  const creditNoteNumber = `CN-${orderId}-1`;
  return { creditNoteNumber, issuedAt: now, goods: goodsOf(order, lineItems), discount, shipping, tax, total };
}

function creditedItems({ returns, cancelledItems = [] }: Order): LineQuantity[] {
  return [...returns.filter(({ status }) => status === 'CLOSED').flatMap(({ items }) => items), ...cancelledItems];
}

/** The discount of each line, by its price. Orders from before `discount` was bounded can have a larger one, which reduced shipping and tax. */
function lineDiscounts({ lineItems, discount }: Order): number[] {
  const prices = lineItems.map(({ quantity, unitPrice }) => quantity * unitPrice);
  return spread(Math.min(discount, priceOf(lineItems)), prices);
}

/** The tax of each line: the one that the order states, or its share by what was taxed, which is each line after its discount, and the shipping. */
function lineTaxes({ lineItems, shipping, shippingTax, tax }: Order, discounts: readonly number[]): number[] {
  const stated = lineItems.flatMap((line) => line.tax ?? []);
  if (stated.length === lineItems.length) return stated;
  const nets = lineItems.map(({ quantity, unitPrice }, line) => quantity * unitPrice - (discounts[line] ?? 0));
  return shippingTax === undefined ? spread(tax, [...nets, shipping]).slice(0, -1) : spread(tax - shippingTax, nets);
}

/** Splits an amount by weights. What rounding down leaves goes, one each, to the shares with the largest remainders. Without weights nobody gets a share. */
function spread(amount: number, weights: readonly number[]): number[] {
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (whole === 0n) return weights.map(() => 0);
  // A product can exceed 2^53.
  const products = weights.map((weight) => BigInt(amount) * BigInt(weight));
  const shares = products.map((product) => Number(product / whole));
  const left = amount - shares.reduce((sum, share) => sum + share, 0);
  const remainder = (index: number) => Number((products[index] ?? 0n) % whole);
  const byRemainder = [...shares.keys()].toSorted((a, b) => remainder(b) - remainder(a));
  const raised = new Set(byRemainder.slice(0, left));
  return shares.map((share, index) => share + (raised.has(index) ? 1 : 0));
}

/** `amount` × `part` ÷ `whole`, rounded to the nearest. */
function roundedShare(amount: number, part: number, whole: number): number {
  return Number((2n * BigInt(amount) * BigInt(part) + BigInt(whole)) / (2n * BigInt(whole)));
}

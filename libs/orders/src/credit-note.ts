import { goodsOf } from './line-quantities.ts';
import type { LineQuantity, OrderCreditNote, Order } from './order.ts';

/**
 * The credit note of a return, or of a rest that was cancelled: the price of its goods, minus their share of the discount, plus their share of the tax;
 * shipping is not credited. Each share is computed for all goods credited so far, rounded down, minus the earlier shares:
 * so no cent is credited twice, and an order that is credited in parts has the same sum as one that is returned at once.
 * @param now ISO 8601, UTC.
 */
export function creditNoteOf(
  order: Order,
  { returnId, items }: { returnId?: string; items: readonly LineQuantity[] },
  now: string,
): OrderCreditNote {
  const { creditNotes, lineItems } = order;
  const allGoods = goodsOf(order, lineItems);
  const goods = goodsOf(order, items);
  const before = {
    goods: sumOf(creditNotes, 'goods'),
    discount: sumOf(creditNotes, 'discount'),
    tax: sumOf(creditNotes, 'tax'),
  };
  const shareOf = (amount: number) => share(amount, before.goods + goods, allGoods);
  const tax = shareOf(order.tax) - before.tax;
  // The part of a discount that exceeds goods and tax reduced the shipping, which is not credited.
  const discountOnGoods = Math.min(order.discount, allGoods + order.tax);
  const discount = Math.min(shareOf(discountOnGoods) - before.discount, goods + tax);
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

/** `amount` × `part` ÷ `whole`, rounded down. The product can exceed 2^53, hence BigInt. */
function share(amount: number, part: number, whole: number): number {
  return whole === 0 ? 0 : Number((BigInt(amount) * BigInt(part)) / BigInt(whole));
}

function sumOf(notes: readonly OrderCreditNote[], amount: 'goods' | 'discount' | 'tax'): number {
  return notes.reduce((sum, note) => sum + note[amount], 0);
}

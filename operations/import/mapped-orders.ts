import { paymentClaimOf } from '#libs/orders';
import type { MappedOrder, Mapping } from './mapping.ts';
import type { readCorrections } from './run-files.ts';
import { orderBatches, type OrderRows, type Position, type Source } from './source.ts';

export interface ReadOrder {
  source: OrderRows;
  mapped: MappedOrder;
}

/** What an import reads: a source, its mapping, and orders that were corrected by hand. */
export interface OrderInput {
  source: Source;
  mapping: Mapping;
  correctionOf: ReturnType<typeof readCorrections>;
}

/**
 * Batches of mapped orders. Corrected orders replace those of the source; a number or payment that comes again is a problem.
 * @param isNew whether the text comes for the first time
 */
export async function* mappedOrders(
  { source, mapping, correctionOf }: OrderInput,
  isNew: (text: string) => boolean,
  after?: Position,
) {
  for await (const batch of orderBatches(source, mapping.order, after)) {
    const orders: ReadOrder[] = [];
    for (const one of batch) {
      const correction = correctionOf(one);
      if (correction?.leaveOut) continue;
      const mapped = mapping.map(correction?.rows ?? one.rows);
      const { problems, number, order } = mapped;
      if (problems.length === 0 && !isNew(`number ${number}`))
        problems.push(['importedNumber: an earlier order has the same', number]);
      if (problems.length === 0 && !isNew(paymentClaimOf(order)))
        problems.push(['payment: an earlier order has the same', order.payment.reference]);
      orders.push({ source: one, mapped });
    }
    yield { orders, rows: batch.reduce((sum, { rows }) => sum + rows.length, 0), position: batch.at(-1)!.position };
  }
}

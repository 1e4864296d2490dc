import { createHash } from 'node:crypto';
import { paymentClaimOf } from '#libs/orders';
import type { MappedOrder, Mapping } from './mapping.ts';
import type { readRejected } from './run-files.ts';
import { orderBatches, type OrderRows, type Position, type Source } from './source.ts';

export interface ReadOrder {
  rows: OrderRows;
  mapped: MappedOrder;
}

/** What an import reads: a source, its mapping, and orders that were corrected by hand. */
export interface OrderInput {
  source: Source;
  mapping: Mapping;
  corrected: ReturnType<typeof readRejected>;
}

/** Batches of mapped orders. Corrected orders replace those of the source; a number or payment that comes again is a problem. */
export async function* mappedOrders({ source, mapping, corrected }: OrderInput, after?: Position) {
  const [numbers, payments] = [new SeenTexts(), new SeenTexts()];
  for await (const batch of orderBatches(source, mapping.order, after)) {
    const orders: ReadOrder[] = [];
    for (const rows of batch) {
      const correction = corrected.get(rows.key);
      if (correction?.leaveOut) continue;
      const mapped = mapping.map(correction?.rows ?? rows.rows);
      const { problems, number, order } = mapped;
      if (problems.length === 0 && numbers.has(number))
        problems.push(['importedNumber: an earlier order has the same', number]);
      if (problems.length === 0 && payments.has(paymentClaimOf(order)))
        problems.push(['payment: an earlier order has the same', order.payment.reference]);
      orders.push({ rows, mapped });
    }
    yield { orders, rows: batch.reduce((sum, { rows }) => sum + rows.length, 0), position: batch.at(-1)!.position };
  }
}

/** Remembers texts by 52 bits of their hash, because sets of millions of texts would fill the memory. */
class SeenTexts {
  // A set can have 16 million members.
  private readonly sets = Array.from({ length: 256 }, () => new Set<number>());

  /** Whether the text was there before. */
  has(text: string): boolean {
    const digest = createHash('sha256').update(text).digest();
    const [set, hash] = [this.sets[digest.readUInt8()]!, Number(digest.readBigUInt64BE(1) >> 12n)];
    return set.has(hash) || !set.add(hash);
  }
}

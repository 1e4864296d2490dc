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
  const seen = new SeenTexts();
  for await (const batch of orderBatches(source, mapping.order, after)) {
    const orders: ReadOrder[] = [];
    for (const rows of batch) {
      const correction = corrected.get(rows.key);
      if (correction?.leaveOut) continue;
      const mapped = mapping.map(correction?.rows ?? rows.rows);
      const { problems, number, order } = mapped;
      if (problems.length === 0 && seen.has(`number ${number}`))
        problems.push(['importedNumber: an earlier order has the same', number]);
      if (problems.length === 0 && seen.has(paymentClaimOf(order)))
        problems.push(['payment: an earlier order has the same', order.payment.reference]);
      orders.push({ rows, mapped });
    }
    yield { orders, rows: batch.reduce((sum, { rows }) => sum + rows.length, 0), position: batch.at(-1)!.position };
  }
}

/** Remembers texts by 64 bits of their hash, in 16 to 32 bytes each. A set of a million texts would take 100 MB. */
class SeenTexts {
  private slots = new BigUint64Array(1_024);
  private count = 0;

  /** Whether the text was there before. */
  has(text: string): boolean {
    // 0 is an empty slot.
    const hash = createHash('sha256').update(text).digest().readBigUInt64LE() || 1n;
    if (this.slots[this.slotOf(hash)] === hash) return true;
    if (this.count * 2 >= this.slots.length) {
      const before = this.slots;
      this.slots = new BigUint64Array(before.length * 2);
      for (const one of before) if (one !== 0n) this.slots[this.slotOf(one)] = one;
    }
    this.slots[this.slotOf(hash)] = hash;
    this.count += 1;
    return false;
  }

  /** The slot that has the hash, or the empty one for it. */
  private slotOf(hash: bigint): number {
    let slot = Number(hash % BigInt(this.slots.length));
    while (this.slots[slot] !== 0n && this.slots[slot] !== hash) slot = (slot + 1) % this.slots.length;
    return slot;
  }
}

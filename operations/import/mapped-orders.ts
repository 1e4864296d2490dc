import { createHash } from 'node:crypto';
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

/** Batches of mapped orders. Corrected orders replace those of the source; a number that comes again is a problem. */
export async function* mappedOrders({ source, mapping, corrected }: OrderInput, after?: Position) {
  const seen = new SeenNumbers();
  for await (const batch of orderBatches(source, mapping.order, after)) {
    const orders: ReadOrder[] = [];
    for (const read of batch) {
      const correction = corrected.get(read.key);
      if (correction?.leaveOut) continue;
      const mapped = mapping.map(correction?.rows ?? read.rows);
      if (mapped.problems.length === 0 && !seen.add(mapped.number))
        mapped.problems.push(['importedNumber: an earlier order has the same', mapped.number]);
      orders.push({ rows: read, mapped });
    }
    yield { orders, rows: batch.reduce((sum, { rows }) => sum + rows.length, 0), position: batch.at(-1)!.position };
  }
}

/** Remembers numbers by 64 bits of their hash, in 16 to 32 bytes each: a set of texts would grow by 100. */
export class SeenNumbers {
  private slots = new BigUint64Array(1_024);
  private count = 0;

  /** Whether the number is new. */
  add(number: string): boolean {
    // 0 is an empty slot.
    const hash = createHash('sha256').update(number).digest().readBigUInt64LE() || 1n;
    if (this.isIn(hash)) return false;
    if (this.count * 2 >= this.slots.length) this.grow();
    this.slots[this.slotOf(hash)] = hash;
    this.count += 1;
    return true;
  }

  private isIn(hash: bigint): boolean {
    return this.slots[this.slotOf(hash)] === hash;
  }

  /** The slot that has the hash, or the empty one for it. */
  private slotOf(hash: bigint): number {
    let slot = Number(hash % BigInt(this.slots.length));
    while (this.slots[slot] !== 0n && this.slots[slot] !== hash) slot = (slot + 1) % this.slots.length;
    return slot;
  }

  private grow(): void {
    const before = this.slots;
    this.slots = new BigUint64Array(before.length * 2);
    for (const hash of before) if (hash !== 0n) this.slots[this.slotOf(hash)] = hash;
  }
}

import type { SimulatedRecord } from './simulated-stream.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** The operator who has fixed what was refused: publishes an item's dead letters in order, then releases the item. */
export class Redriver {
  private readonly world: SimulatedWorld;
  private readonly redriven = new Set<SimulatedRecord>();

  constructor(world: SimulatedWorld) {
    this.world = world;
  }

  /** One round over all quarantined items. */
  async redrive(): Promise<void> {
    const { letters, ledger, stream, destination, seen } = this.world;
    for (const { itemKey, lastQuarantined } of await ledger.quarantinedItems()) {
      const own = letters.filter((record) => record.itemKey === itemKey && !this.redriven.has(record));
      for (const record of own.toSorted((a, b) => a.number - b.number)) {
        destination.poison.delete(record);
        destination.accept('redriver', record);
        this.redriven.add(record);
      }
      const last = stream.record(lastQuarantined);
      // Before its dead letter is there it is on its way, unless the stream has deleted it first.
      const isOver = letters.includes(last) || last.index < last.shard.trimmed;
      if (isOver && (await ledger.release({ itemKey, lastQuarantined })))
        seen.note('item_released', 'redriver', itemKey);
    }
  }
}

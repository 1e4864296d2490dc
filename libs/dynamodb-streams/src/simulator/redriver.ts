import type { GroupLedger } from '../group-ledger.ts';
import type { Destination } from './destination.ts';
import type { Observations } from './observations.ts';
import type { SimulatedRecord, SimulatedStream } from './simulated-stream.ts';

/** The operator who has mended what was refused: publishes an item's letters in order, then says so. */
export class Redriver {
  private readonly letters: readonly SimulatedRecord[];
  private readonly ledger: GroupLedger;
  private readonly stream: SimulatedStream;
  private readonly destination: Destination;
  private readonly seen: Observations;
  private readonly redriven = new Set<SimulatedRecord>();

  constructor(
    letters: readonly SimulatedRecord[],
    ledger: GroupLedger,
    stream: SimulatedStream,
    destination: Destination,
    seen: Observations,
  ) {
    this.letters = letters;
    this.ledger = ledger;
    this.stream = stream;
    this.destination = destination;
    this.seen = seen;
  }

  /** One round over all parked items. */
  async redrive(): Promise<void> {
    for (const { itemKey, lastParked } of await this.ledger.parkedItems()) {
      const own = this.letters.filter((record) => record.itemKey === itemKey && !this.redriven.has(record));
      for (const record of own.toSorted((a, b) => a.number - b.number)) {
        this.destination.poison.delete(record);
        this.destination.accept('redriver', record);
        this.redriven.add(record);
      }
      const last = this.stream.record(lastParked);
      // Before its letter is there it is on its way, unless the stream has deleted it first.
      const isOver = this.letters.includes(last) || last.index < last.shard.trimmed;
      if (isOver && (await this.ledger.unpark({ itemKey, lastParked })))
        this.seen.note('unparked', 'redriver', itemKey);
    }
  }
}

import fc from 'fast-check';
import { applyIfNewer, type ConsumerStore } from './apply-if-newer.ts';
import { InMemoryStore } from './in-memory-store.ts';
import { appliesEachOnceInOrder, endsAtTheLastVersion, type NotingService } from './testing/consumer-properties.ts';
import { runs } from '../../../test/harness/rounds.ts';

type Notes = Record<string, number[]>;

function noteIn(notes: Notes, orderId: string, version: number): void {
  (notes[orderId] ??= []).push(version);
}

function serviceInMemory(): NotingService<Notes> {
  const store = new InMemoryStore<Notes>({});
  return { store, note: noteIn, noted: async () => store.state };
}

/** A wrong store: another consumer can write between the check and the write. */
function serviceThatChecksFirst(): NotingService<Notes> {
  const notes: Notes = {};
  const versions = new Map<string, number>();
  const store: ConsumerStore<Notes> = {
    async commitIfNewer(orderId, version, apply) {
      if ((versions.get(orderId) ?? 0) >= version) return false;
      await apply(notes);
      versions.set(orderId, version);
      return true;
    },
  };
  return { store, note: noteIn, noted: async () => notes };
}

describe('applyIfNewer', () => {
  it('ends in the state of the last version, however events come', async () => {
    await fc.assert(endsAtTheLastVersion(serviceInMemory), runs(300));
  });

  it('applies each event once and in order when first deliveries are in order', async () => {
    await fc.assert(appliesEachOnceInOrder(serviceInMemory), runs(300));
  });

  it('would do neither if the store only checked the version before it writes', async () => {
    expect((await fc.check(endsAtTheLastVersion(serviceThatChecksFirst), { numRuns: 300 })).failed).toBe(true);
    expect((await fc.check(appliesEachOnceInOrder(serviceThatChecksFirst), { numRuns: 300 })).failed).toBe(true);
  });

  it('says what became of the event', async () => {
    const store = new InMemoryStore<number[]>([]);
    const apply = (version: number) =>
      applyIfNewer({ orderId: 'o', version }, store, (seen) => void seen.push(version));
    expect([await apply(2), await apply(2), await apply(1), await apply(3)]).toEqual([
      'applied',
      'skipped',
      'skipped',
      'applied',
    ]);
    expect(store.state).toEqual([2, 3]);
  });

  it('remembers nothing of an attempt that fails, and passes its error on', async () => {
    const store = new InMemoryStore<string[]>([]);
    const failing = applyIfNewer({ orderId: 'o', version: 1 }, store, (seen) => {
      seen.push('half');
      throw new Error('no stock table');
    });
    await expect(failing).rejects.toThrow('no stock table');
    expect(store.state).toEqual([]);
    const outcome = await applyIfNewer({ orderId: 'o', version: 1 }, store, (seen) => void seen.push('whole'));
    expect({ outcome, seen: store.state }).toEqual({ outcome: 'applied', seen: ['whole'] });
  });
});

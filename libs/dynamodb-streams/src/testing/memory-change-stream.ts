import {
  compareSequenceNumbers,
  type ChangeRecord,
  type ChangeStream,
  type RecordPage,
  type ShardDescription,
  type ShardPage,
  type StartPosition,
} from '../change-stream.ts';
import { StreamConsumerError } from '../errors.ts';

interface MemoryShard extends ShardDescription {
  records: ChangeRecord[];
  /** Sequence number of the newest trimmed record. */
  trimmedTo?: string;
  closed: boolean;
}

/** Called before each call takes effect; may throw or wait. */
export type CallHook = (call: string, shardId?: string) => void | Promise<void>;

/** A stream in memory: shards with parents, closing, trimming, iterators that expire, listings in pages of two. */
export class MemoryChangeStream implements ChangeStream {
  beforeCall: CallHook = () => undefined;
  status: ShardPage['streamStatus'] = 'ENABLED';
  /** Shards that exist but are not listed yet. */
  readonly unlisted = new Set<string>();
  /** Whether listings of a shard's children are empty. */
  childrenUnknown = false;
  /** Requested iterators: shard and position. */
  readonly iteratorRequests: { shardId: string; position: StartPosition }[] = [];
  /** Most records returned by one read. */
  largestPage = 0;
  private readonly shards = new Map<string, MemoryShard>();
  private generation = 0;
  private lastSequence = 0n;

  addShard(shard: ShardDescription): void {
    this.shards.set(shard.shardId, { ...shard, records: [], closed: false });
  }

  /** @param atMs when the change was made, wall-clock milliseconds */
  put(shardId: string, itemKey: string, atMs?: number): ChangeRecord {
    this.lastSequence += 1n;
    const sequenceNumber = String(this.lastSequence);
    const keys = { id: { S: itemKey } };
    const made = atMs === undefined ? {} : { approximateCreationTime: new Date(atMs) };
    const record: ChangeRecord = {
      sequenceNumber,
      eventId: sequenceNumber,
      eventName: 'MODIFY',
      itemKey,
      keys,
      ...made,
    };
    this.shard(shardId).records.push(record);
    return record;
  }

  close(shardId: string): void {
    this.shard(shardId).closed = true;
  }

  /** Deletes the records up to and including this one. */
  trim(shardId: string, upTo: string): void {
    const shard = this.shard(shardId);
    shard.records = shard.records.filter((record) => compareSequenceNumbers(record.sequenceNumber, upTo) > 0);
    shard.trimmedTo = upTo;
  }

  expireIterators(): void {
    this.generation += 1;
  }

  async listShards({ after, childrenOf }: { after?: string; childrenOf?: string }): Promise<ShardPage> {
    await this.beforeCall('listShards', childrenOf);
    const listed = [...this.shards.values()].filter(
      (shard) =>
        !this.unlisted.has(shard.shardId) &&
        (childrenOf === undefined || (shard.parentShardId === childrenOf && !this.childrenUnknown)),
    );
    const start = after === undefined ? 0 : listed.findIndex((shard) => shard.shardId === after) + 1;
    const shards = listed.slice(start, start + 2);
    const last = shards.at(-1);
    const more = last !== undefined && start + 2 < listed.length;
    return { streamStatus: this.status, shards, ...(more ? { lastShardId: last.shardId } : {}) };
  }

  async iterator(shardId: string, position: StartPosition): Promise<string> {
    await this.beforeCall('iterator', shardId);
    this.iteratorRequests.push({ shardId, position });
    const { trimmedTo = '0' } = this.shard(shardId);
    const after = 'after' in position ? position.after : trimmedTo;
    if (compareSequenceNumbers(after, trimmedTo) < 0) throw new StreamConsumerError('RECORDS_TRIMMED', 'trimmed');
    return this.iteratorAfter(shardId, after);
  }

  async read(iterator: string, limit: number): Promise<RecordPage> {
    const [shardId = '', after = '0', generation] = iterator.split('|');
    await this.beforeCall('read', shardId);
    const { records, trimmedTo = '0', closed } = this.shard(shardId);
    if (generation !== String(this.generation)) throw new StreamConsumerError('ITERATOR_EXPIRED', 'expired');
    if (compareSequenceNumbers(after, trimmedTo) < 0) throw new StreamConsumerError('RECORDS_TRIMMED', 'trimmed');
    const left = records.filter((record) => compareSequenceNumbers(record.sequenceNumber, after) > 0);
    const page = left.slice(0, limit);
    this.largestPage = Math.max(this.largestPage, page.length);
    if (closed && page.length === left.length) return { records: page };
    return { records: page, nextIterator: this.iteratorAfter(shardId, page.at(-1)?.sequenceNumber ?? after) };
  }

  private iteratorAfter(shardId: string, after: string): string {
    return `${shardId}|${after}|${this.generation}`;
  }

  private shard(shardId: string): MemoryShard {
    const shard = this.shards.get(shardId);
    if (!shard) throw this.notFound(shardId);
    return shard;
  }

  notFound(shardId: string): StreamConsumerError {
    return new StreamConsumerError('STREAM_NOT_FOUND', `no shard ${shardId}`);
  }
}

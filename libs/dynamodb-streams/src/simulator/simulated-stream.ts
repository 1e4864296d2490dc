import type { ChangeRecord, RecordPage, ShardDescription, ShardPage, StartPosition } from '../change-stream.ts';
import { StreamConsumerError } from '../errors.ts';
import type { SeededRandom } from '../seeded-random.ts';

const DAY_MS = 24 * 3_600_000;
const ITERATOR_LIFE_MS = 15 * 60_000;
const LISTED_PER_PAGE = 4;

/** A record with the knowledge of the simulation. */
export interface SimulatedRecord extends ChangeRecord {
  shard: SimulatedShard;
  /** Position in its shard. */
  index: number;
  number: number;
  madeAtMs: number;
  /** Whether the destination has accepted it at least once. */
  published: boolean;
  /** Whether it is in the dead letters. */
  quarantined: boolean;
}

/** A shard with its real state. */
export interface SimulatedShard extends ShardDescription {
  createdAtMs: number;
  records: SimulatedRecord[];
  children: SimulatedShard[];
  closedAtMs?: number;
  /** How many of the first records are deleted. */
  trimmed: number;
  /** Deleted as a whole. */
  gone: boolean;
  /** Time from which it is listed, by the virtual clock. */
  listedFromMs: number;
}

/** The real state of the stream, and the answers of DynamoDB about it. */
export class SimulatedStream {
  readonly shards: SimulatedShard[] = [];
  readonly records: SimulatedRecord[] = [];
  readonly items: readonly string[];
  status: ShardPage['streamStatus'] = 'ENABLED';
  /** Whether a listing may leave out a shard. */
  inconsistent = false;
  /** Whether calls may report an existing shard as not found. */
  forgetful = false;
  private generation = 0;
  private readonly home = new Map<string, SimulatedShard>();
  private readonly random: SeededRandom;
  private readonly clock: { now: () => number; epochMs: () => number };

  constructor(random: SeededRandom, clock: SimulatedStream['clock'], shape: { shards: number; items: number }) {
    this.random = random;
    this.clock = clock;
    this.items = Array.from({ length: shape.items }, (_, n) => `item-${n}`);
    const roots = Array.from({ length: shape.shards }, () => this.addShard());
    this.items.forEach((item, n) => this.home.set(item, roots[n % roots.length]!));
  }

  get open(): SimulatedShard[] {
    return this.shards.filter((shard) => shard.closedAtMs === undefined && !shard.gone);
  }

  shard(shardId: string): SimulatedShard | undefined {
    return this.shards.find((shard) => shard.shardId === shardId);
  }

  record(sequenceNumber: string): SimulatedRecord {
    return this.records[Number(sequenceNumber) - 1]!;
  }

  put(item: string): void {
    const shard = this.home.get(item)!;
    const number = this.records.length + 1;
    const sequenceNumber = String(number);
    const madeAtMs = this.clock.epochMs();
    const record: SimulatedRecord = {
      sequenceNumber,
      eventId: sequenceNumber,
      eventName: 'MODIFY',
      itemKey: item,
      keys: { id: { S: item } },
      approximateCreationTime: new Date(Math.floor(madeAtMs / 1_000) * 1_000),
      shard,
      index: shard.records.length,
      number,
      madeAtMs,
      published: false,
      quarantined: false,
    };
    shard.records.push(record);
    this.records.push(record);
  }

  /** Closes a shard; its items continue in one child, or in two. */
  roll(shard: SimulatedShard, children: 1 | 2): void {
    this.close(shard);
    const next = Array.from({ length: children }, () => this.addShard(shard));
    this.items
      .filter((item) => this.home.get(item) === shard)
      .forEach((item, n) => this.home.set(item, next[n % next.length]!));
  }

  /** Disables the stream: existing records can be read, no new ones come. */
  disable(): void {
    this.status = 'DISABLED';
    for (const shard of this.open) this.close(shard);
  }

  expireIterators(): void {
    this.generation += 1;
  }

  /** Deletes records older than a day, as DynamoDB does at some time. */
  trim(): void {
    const horizonMs = this.clock.epochMs() - DAY_MS;
    for (const shard of this.shards) {
      while ((shard.records[shard.trimmed]?.madeAtMs ?? Infinity) < horizonMs) shard.trimmed += 1;
      if ((shard.closedAtMs ?? Infinity) < horizonMs) shard.gone = true;
    }
  }

  listShards({ after, childrenOf }: { after?: string; childrenOf?: string }): ShardPage {
    const omitted = this.inconsistent && this.random.chance(0.15) ? this.random.pick(this.shards) : undefined;
    const nowMs = this.clock.now();
    const listed = this.shards.filter(
      (shard) =>
        !shard.gone &&
        shard !== omitted &&
        shard.listedFromMs <= nowMs &&
        (childrenOf === undefined || shard.parentShardId === childrenOf),
    );
    const start = after === undefined ? 0 : listed.findIndex((shard) => shard.shardId === after) + 1;
    const page = listed.slice(start, start + LISTED_PER_PAGE);
    const last = page.at(-1);
    const shards = page.map(({ shardId, parentShardId, createdAtMs }) => ({
      shardId,
      createdAtMs,
      ...(parentShardId === undefined ? {} : { parentShardId }),
    }));
    const more = last && start + LISTED_PER_PAGE < listed.length;
    return { streamStatus: this.status, shards, ...(more ? { lastShardId: last.shardId } : {}) };
  }

  iterator(shardId: string, position: StartPosition): string {
    const shard = this.existing(shardId);
    if (!('after' in position)) return this.iteratorAt(shard, shard.trimmed);
    const after = Number(position.after);
    const next = shard.records.findIndex(({ number }) => number > after);
    const index = next < 0 ? shard.records.length : next;
    this.checkTrim(shard, index);
    return this.iteratorAt(shard, index);
  }

  read(iterator: string, limit: number): RecordPage {
    const [shardId = '', at, generation, madeAtMs] = iterator.split('|');
    const shard = this.existing(shardId);
    const age = this.clock.now() - Number(madeAtMs);
    if (Number(generation) !== this.generation || age > ITERATOR_LIFE_MS) {
      throw new StreamConsumerError('ITERATOR_EXPIRED', 'expired');
    }
    const index = Number(at);
    this.checkTrim(shard, index);
    // A page may be short, or empty, although more follow.
    const most = this.random.chance(0.1) ? this.random.below(limit) : limit;
    const records = shard.records.slice(index, index + most);
    const end = index + records.length;
    if (shard.closedAtMs !== undefined && end === shard.records.length) return { records };
    return { records, nextIterator: this.iteratorAt(shard, end) };
  }

  private existing(shardId: string): SimulatedShard {
    const shard = this.shard(shardId);
    if (shard && !shard.gone && !(this.forgetful && this.random.chance(0.05))) return shard;
    throw new StreamConsumerError('STREAM_NOT_FOUND', `no shard ${shardId}`);
  }

  private checkTrim(shard: SimulatedShard, index: number): void {
    if (index < shard.trimmed) throw new StreamConsumerError('RECORDS_TRIMMED', 'trimmed');
  }

  private iteratorAt(shard: SimulatedShard, index: number): string {
    return `${shard.shardId}|${index}|${this.generation}|${this.clock.now()}`;
  }

  private close(shard: SimulatedShard): void {
    shard.closedAtMs = this.clock.epochMs();
  }

  private addShard(parent?: SimulatedShard): SimulatedShard {
    // Some are listed late, so that a child may be seen before its parent.
    const lateMs = this.random.chance(0.3) ? this.random.between(0, 3_000) : 0;
    const shard: SimulatedShard = {
      shardId: `shard-${this.shards.length}`,
      ...(parent ? { parentShardId: parent.shardId } : {}),
      createdAtMs: this.clock.epochMs(),
      records: [],
      children: [],
      trimmed: 0,
      gone: false,
      listedFromMs: this.clock.now() + lateMs,
    };
    this.shards.push(shard);
    parent?.children.push(shard);
    return shard;
  }
}

import type { Environment } from '../../../../operations/environment.ts';

const LIST_EVERY_TICKS = 30;

/** Counts the changes in the stream of the orders table from now on: the only count of orders on this machine. */
export class ChangeFlow {
  private readonly iterators = new Map<string, string | undefined>();
  private ticks = 0;

  constructor(private readonly environment: Environment) {}

  /** The number of changes since the last call; a new order is one. */
  async take(): Promise<number> {
    if (this.ticks % LIST_EVERY_TICKS === 0) await this.list();
    this.ticks += 1;
    const open = [...this.iterators].filter((entry): entry is [string, string] => entry[1] !== undefined);
    const counts = await Promise.all(open.map(([shard, iterator]) => this.read(shard, iterator)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Shards that were there at the start are read from now on, later ones whole. */
  private async list(): Promise<void> {
    const StreamArn = await this.environment.streamArn();
    const { StreamDescription } = await this.environment.streams.describeStream({ StreamArn });
    const ShardIteratorType = this.ticks === 0 ? 'LATEST' : 'TRIM_HORIZON';
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      if (this.iterators.has(ShardId)) continue;
      const { ShardIterator } = await this.environment.streams.getShardIterator({
        StreamArn,
        ShardId,
        ShardIteratorType,
      });
      this.iterators.set(ShardId, ShardIterator);
    }
  }

  private async read(shard: string, ShardIterator: string): Promise<number> {
    const { streams } = this.environment;
    const { Records = [], NextShardIterator } = await streams.getRecords({ ShardIterator }).catch((error: unknown) => {
      // An iterator ends after 15 minutes, as when this machine slept: start again with what is new.
      this.iterators.clear();
      this.ticks = 0;
      throw error;
    });
    this.iterators.set(shard, NextShardIterator);
    return Records.length;
  }
}

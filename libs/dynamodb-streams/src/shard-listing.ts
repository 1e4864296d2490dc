import type { ChangeStream, ShardDescription, ShardPage } from './change-stream.ts';

/** All pages of a listing. */
export interface ShardListing {
  streamStatus: ShardPage['streamStatus'];
  shards: readonly ShardDescription[];
}

/** Lists every shard of the stream, or every child of one shard, page by page. */
export async function listShards(stream: ChangeStream, childrenOf?: string): Promise<ShardListing> {
  const shards = new Map<string, ShardDescription>();
  let after: string | undefined;
  for (;;) {
    const page = await stream.listShards({
      ...(after === undefined ? {} : { after }),
      ...(childrenOf === undefined ? {} : { childrenOf }),
    });
    for (const shard of page.shards) shards.set(shard.shardId, shard);
    if (page.lastShardId === undefined) return { streamStatus: page.streamStatus, shards: [...shards.values()] };
    after = page.lastShardId;
  }
}

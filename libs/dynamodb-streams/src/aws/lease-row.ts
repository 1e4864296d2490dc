import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ShardDescription } from '../change-stream.ts';
import type { Lease } from '../lease-store.ts';

/** A row of the lease table, as DynamoDB writes it. */
export type LeaseRow = Record<string, AttributeValue>;

/** Sequence numbers have at most 40 digits; padded to that, text compares like numbers. */
export function sortable(sequenceNumber: string): string {
  return sequenceNumber.padStart(40, '0');
}

/** A lease from its row. */
export function fromRow(row: LeaseRow): Lease {
  const { parentShardId, createdAtMs, owner, handOverTo, claimToken, checkpoint, childShardIds } = row;
  return {
    shardId: row.shardId?.S ?? '',
    state: row.state?.S === 'ENDED' ? 'ENDED' : 'OPEN',
    epoch: Number(row.epoch?.N),
    heartbeat: Number(row.heartbeat?.N),
    ...(parentShardId?.S === undefined ? {} : { parentShardId: parentShardId.S }),
    ...(createdAtMs?.N === undefined ? {} : { createdAtMs: Number(createdAtMs.N) }),
    ...(owner?.S === undefined ? {} : { owner: owner.S }),
    ...(handOverTo?.S === undefined ? {} : { handOverTo: handOverTo.S }),
    ...(claimToken?.S === undefined ? {} : { claimToken: claimToken.S }),
    ...(checkpoint?.S === undefined ? {} : { checkpoint: checkpoint.S }),
    ...(childShardIds?.L === undefined ? {} : { childShardIds: childShardIds.L.map((id) => id.S ?? '') }),
  };
}

/** What a new row holds besides its key. */
export function newRow({ parentShardId, createdAtMs }: ShardDescription): LeaseRow {
  return {
    state: { S: 'OPEN' },
    epoch: { N: '0' },
    heartbeat: { N: '0' },
    ...(parentShardId === undefined ? {} : { parentShardId: { S: parentShardId } }),
    ...(createdAtMs === undefined ? {} : { createdAtMs: { N: String(createdAtMs) } }),
  };
}

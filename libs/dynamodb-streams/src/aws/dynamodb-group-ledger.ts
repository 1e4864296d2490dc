import { createHash } from 'node:crypto';
import {
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  type DynamoDBClient,
  type TransactWriteItem,
  type Update,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { FollowOutcome, Gap, GroupLedger, GroupStart, QuarantinedItem } from '../group-ledger.ts';
import type { LeaseHold } from '../lease-store.ts';
import {
  heldValues,
  isHeld,
  leaseNames,
  type LeaseRow,
  LeaseTable,
  type LeaseTableOptions,
  sortable,
  toRow,
} from './lease-table.ts';
import { refusedItemsOf, unlessRefused } from './refusals.ts';

/** The lease comes first in each fenced transaction. */
const LEASE = 0;
const OWN = 1;

const isForward = 'lastQuarantinedOrder < :order';

/**
 * A group's ledger in the partitions `{hash key of the leases}#start`, `#gaps` and `#quarantined` of a {@link LeaseTable}. A
 * quarantined item's range key is the SHA-256 of its key, which may be longer than a range key can be.
 */
export class DynamoDbGroupLedger implements GroupLedger {
  private readonly client: DynamoDBClient;
  private readonly table: LeaseTable;

  /** @throws InvalidOptionError when the ARN is not a stream's or the group's name cannot be used */
  constructor(options: LeaseTableOptions) {
    this.client = options.client;
    this.table = new LeaseTable(options);
  }

  async begin({ startedAtMs, skipBeforeMs }: GroupStart): Promise<GroupStart> {
    const read = await this.table.get('start', 'start');
    if (read) return startOf(read);
    const { TableName, Key } = this.table.row('start', 'start');
    const put = new PutItemCommand({
      TableName,
      Item: { ...Key, ...toRow({ startedAtMs, skipBeforeMs }) },
      ConditionExpression: 'attribute_not_exists(shardId)',
    });
    await unlessRefused(this.client.send(put));
    return startOf((await this.table.get('start', 'start')) ?? {});
  }

  async recordGap(hold: LeaseHold, { shardId: gapShardId, ...gap }: Gap): Promise<boolean> {
    const { TableName, Key } = this.table.row(`${gapShardId}#${gap.after ?? ''}`, 'gaps');
    const Item = { ...Key, ...toRow({ gapShardId, ...gap }) };
    const put = { TableName, Item, ConditionExpression: 'attribute_not_exists(shardId)' };
    const refused = await this.whileHeld(hold, { Put: put });
    // A gap that is known already counts as written, if the lease is held.
    return !refused.has(LEASE);
  }

  async gaps(): Promise<Gap[]> {
    return (await this.table.rows('gaps')).map((row) => {
      const { consumerGroup: _group, shardId: _range, gapShardId: shardId, ...gap } = unmarshall(row);
      return { shardId, ...gap } as Gap;
    });
  }

  async quarantinedItems(): Promise<QuarantinedItem[]> {
    return (await this.table.rows('quarantined')).map(({ itemKey, lastQuarantined }) => ({
      itemKey: itemKey?.S ?? '',
      lastQuarantined: lastQuarantined?.S ?? '',
    }));
  }

  async quarantine(hold: LeaseHold, item: QuarantinedItem): Promise<boolean> {
    const forward = `attribute_not_exists(shardId) OR ${isForward}`;
    const refused = await this.whileHeld(hold, { Update: this.moveForward(item, forward) });
    return !refused.has(LEASE);
  }

  async follow(hold: LeaseHold, item: QuarantinedItem): Promise<FollowOutcome> {
    const forward = `attribute_exists(shardId) AND ${isForward}`;
    const update: Update = {
      ...this.moveForward(item, forward),
      // The row shows whether the item is released, or `lastQuarantined` is further already.
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
    const refused = await this.whileHeld(hold, { Update: update });
    if (refused.has(LEASE)) return 'LEASE_LOST';
    return refused.has(OWN) && refused.get(OWN) === undefined ? 'NOT_QUARANTINED' : 'QUARANTINED';
  }

  async release({ itemKey, lastQuarantined }: QuarantinedItem): Promise<boolean> {
    const remove = new DeleteItemCommand({
      ...this.quarantinedRow(itemKey),
      ConditionExpression: 'lastQuarantined = :lastQuarantined',
      ExpressionAttributeValues: toRow({ ':lastQuarantined': lastQuarantined }),
    });
    return (await unlessRefused(this.client.send(remove))) !== undefined;
  }

  private moveForward({ itemKey, lastQuarantined }: QuarantinedItem, condition: string): Update {
    return {
      ...this.quarantinedRow(itemKey),
      UpdateExpression: 'SET itemKey = :itemKey, lastQuarantined = :lastQuarantined, lastQuarantinedOrder = :order',
      ConditionExpression: condition,
      ExpressionAttributeValues: toRow({
        ':itemKey': itemKey,
        ':lastQuarantined': lastQuarantined,
        ':order': sortable(lastQuarantined),
      }),
    };
  }

  /** Writes only if the lease is held. Returns the items whose conditions did not hold. */
  private whileHeld(hold: LeaseHold, write: TransactWriteItem): ReturnType<typeof refusedItemsOf> {
    const check = {
      ...this.table.row(hold.shardId),
      ConditionExpression: isHeld,
      ExpressionAttributeNames: leaseNames,
      ExpressionAttributeValues: heldValues(hold),
    };
    const TransactItems = [{ ConditionCheck: check }, write];
    return refusedItemsOf(this.client.send(new TransactWriteItemsCommand({ TransactItems })));
  }

  private quarantinedRow(itemKey: string) {
    return this.table.row(createHash('sha256').update(itemKey).digest('hex'), 'quarantined');
  }
}

function startOf(row: LeaseRow): GroupStart {
  const { consumerGroup: _group, shardId: _range, ...start } = unmarshall(row);
  return start as GroupStart;
}

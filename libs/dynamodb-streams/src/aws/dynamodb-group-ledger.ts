import { createHash } from 'node:crypto';
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  type DynamoDBClient,
  type TransactWriteItem,
  type Update,
} from '@aws-sdk/client-dynamodb';
import type { FollowOutcome, Gap, GroupLedger, GroupStart, ParkedItem } from '../group-ledger.ts';
import type { LeaseHold } from '../lease-store.ts';
import {
  heldValues,
  isHeld,
  leaseNames,
  type LeaseRow,
  LeaseTable,
  type LeaseTableOptions,
  sortable,
} from './lease-table.ts';
import { refusedItemsOf, unlessRefused } from './refusals.ts';

/** The lease comes first in each fenced transaction. */
const LEASE = 0;
const OWN = 1;

const isForward = 'lastParkedOrder < :order';

/**
 * A group's ledger in the partitions `{hash key of the leases}#start`, `#gaps` and `#parked` of a {@link LeaseTable}. A
 * parked item's range key is the SHA-256 of its key, which may be longer than a range key can be.
 */
export class DynamoDbGroupLedger implements GroupLedger {
  private readonly client: DynamoDBClient;
  private readonly table: LeaseTable;

  /** @throws InvalidOptionError when the ARN is not a stream's or the group's name cannot be used */
  constructor(options: LeaseTableOptions) {
    this.client = options.client;
    this.table = new LeaseTable(options);
  }

  async begin({ beganAtMs, skipBeforeMs }: GroupStart): Promise<GroupStart> {
    const row = this.table.row('start', 'start');
    // Other than a query, it shows whether the table has a range key.
    const get = new GetItemCommand({ ...row, ConsistentRead: true });
    const read = await this.table.answer(this.client.send(get));
    if (read.Item) return toStart(read.Item);
    const skip: LeaseRow = skipBeforeMs === undefined ? {} : { skipBeforeMs: { N: String(skipBeforeMs) } };
    const put = new PutItemCommand({
      TableName: row.TableName,
      Item: { ...row.Key, beganAtMs: { N: String(beganAtMs) }, ...skip },
      ConditionExpression: 'attribute_not_exists(shardId)',
    });
    await unlessRefused(this.client.send(put));
    const { Item = {} } = await this.client.send(new GetItemCommand({ ...row, ConsistentRead: true }));
    return toStart(Item);
  }

  async noteGap(hold: LeaseHold, { shardId, after, certain, noticedAtMs }: Gap): Promise<boolean> {
    const { TableName, Key } = this.table.row(`${shardId}#${after ?? ''}`, 'gaps');
    const Item = {
      ...Key,
      gapShardId: { S: shardId },
      certain: { BOOL: certain },
      noticedAtMs: { N: String(noticedAtMs) },
      ...(after === undefined ? {} : { after: { S: after } }),
    };
    const put = { TableName, Item, ConditionExpression: 'attribute_not_exists(shardId)' };
    const refused = await this.whileHeld(hold, { Put: put });
    // Known already is as good as written, if the lease is held.
    return !refused.has(LEASE);
  }

  async gaps(): Promise<Gap[]> {
    return (await this.table.rows('gaps')).map(({ gapShardId, after, certain, noticedAtMs }) => ({
      shardId: gapShardId?.S ?? '',
      ...(after?.S === undefined ? {} : { after: after.S }),
      certain: certain?.BOOL === true,
      noticedAtMs: Number(noticedAtMs?.N),
    }));
  }

  async parkedItems(): Promise<ParkedItem[]> {
    return (await this.table.rows('parked')).map(({ itemKey, lastParked }) => ({
      itemKey: itemKey?.S ?? '',
      lastParked: lastParked?.S ?? '',
    }));
  }

  async park(hold: LeaseHold, item: ParkedItem): Promise<boolean> {
    const forward = `attribute_not_exists(shardId) OR ${isForward}`;
    const refused = await this.whileHeld(hold, { Update: this.moveForward(item, forward) });
    return !refused.has(LEASE);
  }

  async follow(hold: LeaseHold, item: ParkedItem): Promise<FollowOutcome> {
    const forward = `attribute_exists(shardId) AND ${isForward}`;
    const update: Update = {
      ...this.moveForward(item, forward),
      // Not there, or further than this record already: only the row itself can tell.
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
    const refused = await this.whileHeld(hold, { Update: update });
    if (refused.has(LEASE)) return 'LEASE_LOST';
    return refused.has(OWN) && refused.get(OWN) === undefined ? 'NOT_PARKED' : 'PARKED';
  }

  async unpark({ itemKey, lastParked }: ParkedItem): Promise<boolean> {
    const remove = new DeleteItemCommand({
      ...this.parkedRow(itemKey),
      ConditionExpression: 'lastParked = :lastParked',
      ExpressionAttributeValues: { ':lastParked': { S: lastParked } },
    });
    return (await unlessRefused(this.client.send(remove))) !== undefined;
  }

  private moveForward({ itemKey, lastParked }: ParkedItem, condition: string): Update {
    return {
      ...this.parkedRow(itemKey),
      UpdateExpression: 'SET itemKey = :itemKey, lastParked = :lastParked, lastParkedOrder = :order',
      ConditionExpression: condition,
      ExpressionAttributeValues: {
        ':itemKey': { S: itemKey },
        ':lastParked': { S: lastParked },
        ':order': { S: sortable(lastParked) },
      },
    };
  }

  /** Writes only if the lease is held. Answers whose conditions did not hold. */
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

  private parkedRow(itemKey: string) {
    return this.table.row(createHash('sha256').update(itemKey).digest('hex'), 'parked');
  }
}

function toStart({ beganAtMs, skipBeforeMs }: LeaseRow): GroupStart {
  return {
    beganAtMs: Number(beganAtMs?.N),
    ...(skipBeforeMs?.N === undefined ? {} : { skipBeforeMs: Number(skipBeforeMs.N) }),
  };
}

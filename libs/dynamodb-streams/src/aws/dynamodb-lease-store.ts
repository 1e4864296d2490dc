import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type DynamoDBClient,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { compareSequenceNumbers, type ShardDescription } from '../change-stream.ts';
import type { Lease, LeaseHold, LeaseStore } from '../lease-store.ts';
import {
  fromRow,
  heldValues,
  isHeld,
  leaseNames,
  type LeaseRow,
  LeaseTable,
  type LeaseTableOptions,
  newRow,
  sortable,
} from './lease-table.ts';
import { refusalOf, refusedItemsOf, unlessRefused } from './refusals.ts';

/** Condition: the row is as it was when it was judged free. */
const isAsSeen = 'epoch = :epoch AND heartbeat = :heartbeat AND #state = :open';

/** Leases as rows of a {@link LeaseTable}; the range key is the shard's id. */
export class DynamoDbLeaseStore implements LeaseStore {
  private readonly client: DynamoDBClient;
  private readonly table: LeaseTable;

  /** @throws InvalidOptionError when the ARN is not a stream's or the group's name cannot be used */
  constructor(options: LeaseTableOptions) {
    this.client = options.client;
    this.table = new LeaseTable(options);
  }

  async list(): Promise<Lease[]> {
    return (await this.table.rows()).map(fromRow);
  }

  async read(shardId: string): Promise<Lease | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({ ...this.table.row(shardId), ConsistentRead: true }));
    return Item && fromRow(Item);
  }

  async create(shard: ShardDescription): Promise<boolean> {
    const { TableName, Key } = this.table.row(shard.shardId);
    const put = new PutItemCommand({
      TableName,
      Item: { ...Key, ...newRow(shard) },
      ConditionExpression: 'attribute_not_exists(shardId)',
    });
    return (await unlessRefused(this.table.answer(this.client.send(put)))) !== undefined;
  }

  async claim(seen: Lease, owner: string, claimToken: string): Promise<Lease | undefined> {
    const claim = this.client.send(
      new UpdateItemCommand({
        ...this.table.row(seen.shardId),
        UpdateExpression:
          'SET #owner = :owner, epoch = epoch + :one, heartbeat = heartbeat + :one, claimToken = :token REMOVE handOverTo',
        ConditionExpression: isAsSeen,
        ExpressionAttributeNames: leaseNames,
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ':token': { S: claimToken },
          ':epoch': { N: String(seen.epoch) },
          ':heartbeat': { N: String(seen.heartbeat) },
          ':one': { N: '1' },
          ':open': { S: 'OPEN' },
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    const refusal = await refusalOf(claim);
    const row = refusal ? refusal.row : (await claim).Attributes;
    // A row that refuses the claim and bears its token was won by an earlier try, whose answer the SDK lost.
    return row?.claimToken?.S === claimToken && row.state?.S === 'OPEN' ? fromRow(row) : undefined;
  }

  async renew(hold: LeaseHold): Promise<Lease | undefined> {
    return this.updateHeld(hold, 'SET heartbeat = heartbeat + :one', { ':one': { N: '1' } });
  }

  async checkpoint(hold: LeaseHold, sequenceNumber: string): Promise<boolean> {
    const refusal = await refusalOf(
      this.client.send(
        new UpdateItemCommand({
          ...this.table.row(hold.shardId),
          UpdateExpression: 'SET checkpoint = :checkpoint, checkpointOrder = :order',
          ConditionExpression: `${isHeld} AND (attribute_not_exists(checkpointOrder) OR checkpointOrder < :order)`,
          ExpressionAttributeNames: leaseNames,
          ExpressionAttributeValues: {
            ...heldValues(hold),
            ':checkpoint': { S: sequenceNumber },
            ':order': { S: sortable(sequenceNumber) },
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    );
    if (!refusal) return true;
    // Refused for being no progress, the lease is still ours: an earlier try whose answer was lost had done it.
    const { owner, epoch, state, checkpoint = '' } = refusal.row ? fromRow(refusal.row) : {};
    const held = owner === hold.owner && epoch === hold.epoch && state === 'OPEN';
    return held && checkpoint !== '' && compareSequenceNumbers(checkpoint, sequenceNumber) >= 0;
  }

  /** One transaction of 1 + children items: the row ends if and only if every child has a row. */
  async end(hold: LeaseHold, children: readonly ShardDescription[]): Promise<boolean> {
    const endRow = {
      ...this.table.row(hold.shardId),
      UpdateExpression: 'SET #state = :ended, childShardIds = :children REMOVE #owner',
      ConditionExpression: isHeld,
      ExpressionAttributeNames: leaseNames,
      ExpressionAttributeValues: {
        ...heldValues(hold),
        ':ended': { S: 'ENDED' },
        ':children': { L: children.map((child) => ({ S: child.shardId })) },
      },
    };
    const items = [{ Update: endRow }, ...children.map((child) => ({ Update: this.ensureRow(child) }))];
    const refused = await refusedItemsOf(this.client.send(new TransactWriteItemsCommand({ TransactItems: items })));
    if (refused.size === 0) return true;
    const row = await this.read(hold.shardId);
    return row?.state === 'ENDED' && row.epoch === hold.epoch;
  }

  async release(hold: LeaseHold): Promise<boolean> {
    return (await this.updateHeld(hold, 'REMOVE #owner')) !== undefined;
  }

  async requestHandOver({ shardId, owner, epoch, handOverTo }: Lease, requestedBy: string): Promise<boolean> {
    if (owner === undefined) return false;
    const asAsked = handOverTo === undefined ? 'attribute_not_exists(handOverTo)' : 'handOverTo = :seen';
    const asked = await this.update(shardId, {
      UpdateExpression: 'SET handOverTo = :requestedBy',
      ConditionExpression: `${isHeld} AND ${asAsked}`,
      ExpressionAttributeValues: {
        ...heldValues({ shardId, owner, epoch }),
        ':requestedBy': { S: requestedBy },
        ...(handOverTo === undefined ? {} : { ':seen': { S: handOverTo } }),
      },
    });
    return asked !== undefined;
  }

  async delete({ shardId }: Lease): Promise<boolean> {
    const remove = new DeleteItemCommand({
      ...this.table.row(shardId),
      ConditionExpression: '#state = :ended',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':ended': { S: 'ENDED' } },
    });
    return (await unlessRefused(this.client.send(remove))) !== undefined;
  }

  /** The row after the change; `undefined` when the lease is no longer held. */
  private async updateHeld(hold: LeaseHold, change: string, values: LeaseRow = {}): Promise<Lease | undefined> {
    const updated = await this.update(hold.shardId, {
      UpdateExpression: change,
      ConditionExpression: isHeld,
      ExpressionAttributeValues: { ...heldValues(hold), ...values },
      ReturnValues: 'ALL_NEW',
    });
    return updated && fromRow(updated.Attributes ?? {});
  }

  /** `undefined` when the condition does not hold. */
  private update(shardId: string, change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>) {
    const input = { ...this.table.row(shardId), ExpressionAttributeNames: leaseNames, ...change };
    return unlessRefused(this.client.send(new UpdateItemCommand(input)));
  }

  /** Makes the row, or leaves it as it is: unlike a conditional put it cannot cancel the transaction it is part of. */
  private ensureRow(shard: ShardDescription) {
    const attributes = Object.entries(newRow(shard));
    return {
      ...this.table.row(shard.shardId),
      UpdateExpression: `SET ${attributes.map(([name]) => `#${name} = if_not_exists(#${name}, :${name})`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(attributes.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
    };
  }
}

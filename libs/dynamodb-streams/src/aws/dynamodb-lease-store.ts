import {
  DeleteItemCommand,
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
  toRow,
} from './lease-table.ts';
import { refusalOf, refusedItemsOf, unlessRefused } from './refusals.ts';

/** Condition: the row has not changed since the lease was found claimable. */
const isAsSeen = 'epoch = :epoch AND heartbeat = :heartbeat AND #state = :open';

/** Keeps leases as rows of a {@link LeaseTable}; the range key is the shard's id. */
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
    const row = await this.table.get(shardId);
    return row && fromRow(row);
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
        ExpressionAttributeValues: toRow({
          ':owner': owner,
          ':token': claimToken,
          ':epoch': seen.epoch,
          ':heartbeat': seen.heartbeat,
          ':one': 1,
          ':open': 'OPEN',
        }),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    const refusal = await refusalOf(claim);
    const row = refusal ? refusal.row : (await claim).Attributes;
    // A row that refuses the claim but has its token was claimed by an earlier attempt, whose answer the SDK lost.
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
            ...toRow({ ':checkpoint': sequenceNumber, ':order': sortable(sequenceNumber) }),
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    );
    if (!refusal) return true;
    // If the checkpoint is there already, the lease is still held: an earlier attempt, whose answer was lost, saved it.
    const { owner, epoch, state, checkpoint = '' } = refusal.row ? fromRow(refusal.row) : {};
    const held = owner === hold.owner && epoch === hold.epoch && state === 'OPEN';
    return held && checkpoint !== '' && compareSequenceNumbers(checkpoint, sequenceNumber) >= 0;
  }

  /** Writes one transaction of 1 + children items: the row ends if and only if every child has a row. */
  async end(hold: LeaseHold, children: readonly ShardDescription[]): Promise<boolean> {
    const endRow = {
      ...this.table.row(hold.shardId),
      UpdateExpression: 'SET #state = :ended, childShardIds = :children REMOVE #owner',
      ConditionExpression: isHeld,
      ExpressionAttributeNames: leaseNames,
      ExpressionAttributeValues: {
        ...heldValues(hold),
        ...toRow({ ':ended': 'ENDED', ':children': children.map((child) => child.shardId) }),
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
    const isUnrequested = handOverTo === undefined ? 'attribute_not_exists(handOverTo)' : 'handOverTo = :seen';
    const row = await this.update(shardId, {
      UpdateExpression: 'SET handOverTo = :requestedBy',
      ConditionExpression: `${isHeld} AND ${isUnrequested}`,
      ExpressionAttributeValues: {
        ...heldValues({ shardId, owner, epoch }),
        ...toRow({ ':requestedBy': requestedBy, ':seen': handOverTo }),
      },
    });
    return row !== undefined;
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

  /** Returns the row after the change; `undefined` when the lease is no longer held. */
  private async updateHeld(hold: LeaseHold, change: string, values: LeaseRow = {}): Promise<Lease | undefined> {
    const updated = await this.update(hold.shardId, {
      UpdateExpression: change,
      ConditionExpression: isHeld,
      ExpressionAttributeValues: { ...heldValues(hold), ...values },
      ReturnValues: 'ALL_NEW',
    });
    return updated && fromRow(updated.Attributes ?? {});
  }

  /** Returns `undefined` when the condition does not hold. */
  private update(shardId: string, change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>) {
    const input = { ...this.table.row(shardId), ExpressionAttributeNames: leaseNames, ...change };
    return unlessRefused(this.client.send(new UpdateItemCommand(input)));
  }

  /** Creates the row, or leaves it unchanged. Unlike a conditional put it cannot cancel its transaction. */
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

import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  UpdateItemCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { compareSequenceNumbers, type ShardDescription } from '../change-stream.ts';
import { InvalidOptionError, StreamConsumerError } from '../errors.ts';
import type { Lease, LeaseHold, LeaseStore } from '../lease-store.ts';
import { streamLabelOf } from './dynamodb-change-stream.ts';
import { fromRow, newRow, sortable, type LeaseRow } from './lease-row.ts';

/** What a {@link DynamoDbLeaseStore} needs. */
export interface DynamoDbLeaseStoreOptions {
  /**
   * A client of its own, with its own sockets and short timeouts (say connection 500 ms, request 1 s, two attempts), so
   * that a busy publisher cannot starve renewals.
   */
  client: DynamoDBClient;
  tableName: string;
  /** Consumers of one group share the work; another group reads the stream once more. No `#`. */
  group: string;
  streamArn: string;
}

/** The table the rows live in: `CreateTable`'s input. */
export function leaseTableDefinition(tableName: string) {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'consumerGroup', AttributeType: 'S' },
      { AttributeName: 'shardId', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'consumerGroup', KeyType: 'HASH' },
      { AttributeName: 'shardId', KeyType: 'RANGE' },
    ],
  } satisfies CreateTableCommandInput;
}

const names = { '#owner': 'owner', '#state': 'state' };

/** Condition: nobody has claimed the lease since, and it has not ended. */
const isHeld = '#owner = :owner AND epoch = :epoch AND #state = :open';
/** Condition: the row is as it was when it was judged free. */
const isAsSeen = 'epoch = :epoch AND heartbeat = :heartbeat AND #state = :open';

/** Lease rows in a DynamoDB table: hash key `consumerGroup` = `{group}#{stream label}`, range key `shardId`. */
export class DynamoDbLeaseStore implements LeaseStore {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;
  private readonly consumerGroup: string;

  /** @throws InvalidOptionError when the ARN is not a stream's or the group's name cannot be used */
  constructor({ client, tableName, group, streamArn }: DynamoDbLeaseStoreOptions) {
    if (!/^[^#]+$/.test(group)) throw new InvalidOptionError(`group must be a name without #, got "${group}"`);
    this.client = client;
    this.tableName = tableName;
    this.consumerGroup = `${group}#${streamLabelOf(streamArn)}`;
  }

  async list(): Promise<Lease[]> {
    const leases: Lease[] = [];
    let from: LeaseRow | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.client.send(this.queryFrom(from)).catch(nameMissingTable);
      leases.push(...Items.map(fromRow));
      from = LastEvaluatedKey;
    } while (from);
    return leases;
  }

  async read(shardId: string): Promise<Lease | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({ ...this.row(shardId), ConsistentRead: true }));
    return Item && fromRow(Item);
  }

  async create(shard: ShardDescription): Promise<boolean> {
    const { TableName, Key } = this.row(shard.shardId);
    const put = new PutItemCommand({
      TableName,
      Item: { ...Key, ...newRow(shard) },
      ConditionExpression: 'attribute_not_exists(shardId)',
    });
    return (await unlessRefused(this.client.send(put))) !== undefined;
  }

  async claim(seen: Lease, owner: string, claimToken: string): Promise<Lease | undefined> {
    const claimed = await this.update(seen.shardId, {
      UpdateExpression: 'SET #owner = :owner, epoch = epoch + :one, heartbeat = heartbeat + :one, claimToken = :token',
      ConditionExpression: isAsSeen,
      ExpressionAttributeValues: {
        ':owner': { S: owner },
        ':token': { S: claimToken },
        ':epoch': { N: String(seen.epoch) },
        ':heartbeat': { N: String(seen.heartbeat) },
        ':one': { N: '1' },
        ':open': { S: 'OPEN' },
      },
      ReturnValues: 'ALL_NEW',
    });
    return claimed?.Attributes && fromRow(claimed.Attributes);
  }

  async renew(hold: LeaseHold): Promise<boolean> {
    return this.updateHeld(hold, 'SET heartbeat = heartbeat + :one', { ':one': { N: '1' } });
  }

  async checkpoint(hold: LeaseHold, sequenceNumber: string): Promise<boolean> {
    const refusal = await refusalOf(
      this.client.send(
        new UpdateItemCommand({
          ...this.row(hold.shardId),
          UpdateExpression: 'SET checkpoint = :checkpoint, checkpointOrder = :order',
          ConditionExpression: `${isHeld} AND (attribute_not_exists(checkpointOrder) OR checkpointOrder < :order)`,
          ExpressionAttributeNames: names,
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
      ...this.row(hold.shardId),
      UpdateExpression: 'SET #state = :ended, childShardIds = :children REMOVE #owner',
      ConditionExpression: isHeld,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: {
        ...heldValues(hold),
        ':ended': { S: 'ENDED' },
        ':children': { L: children.map((child) => ({ S: child.shardId })) },
      },
    };
    const items = [{ Update: endRow }, ...children.map((child) => ({ Update: this.ensureRow(child) }))];
    try {
      await this.client.send(new TransactWriteItemsCommand({ TransactItems: items }));
      return true;
    } catch (error) {
      if (!isRefusedTransaction(error)) throw error;
      const row = await this.read(hold.shardId);
      return row?.state === 'ENDED' && row.epoch === hold.epoch;
    }
  }

  async release(hold: LeaseHold): Promise<boolean> {
    return this.updateHeld(hold, 'REMOVE #owner');
  }

  private async updateHeld(hold: LeaseHold, change: string, values: LeaseRow = {}): Promise<boolean> {
    const updated = await this.update(hold.shardId, {
      UpdateExpression: change,
      ConditionExpression: isHeld,
      ExpressionAttributeValues: { ...heldValues(hold), ...values },
    });
    return updated !== undefined;
  }

  /** `undefined` when the condition does not hold. */
  private update(shardId: string, change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>) {
    const input = { ...this.row(shardId), ExpressionAttributeNames: names, ...change };
    return unlessRefused(this.client.send(new UpdateItemCommand(input)));
  }

  /** Makes the row, or leaves it as it is: unlike a conditional put it cannot cancel the transaction it is part of. */
  private ensureRow(shard: ShardDescription) {
    const attributes = Object.entries(newRow(shard));
    return {
      ...this.row(shard.shardId),
      UpdateExpression: `SET ${attributes.map(([name]) => `#${name} = if_not_exists(#${name}, :${name})`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(attributes.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
    };
  }

  private queryFrom(from: LeaseRow | undefined): QueryCommand {
    return new QueryCommand({
      TableName: this.tableName,
      ConsistentRead: true,
      KeyConditionExpression: 'consumerGroup = :group',
      ExpressionAttributeValues: { ':group': { S: this.consumerGroup } },
      ExclusiveStartKey: from,
    });
  }

  private row(shardId: string) {
    return { TableName: this.tableName, Key: { consumerGroup: { S: this.consumerGroup }, shardId: { S: shardId } } };
  }
}

function heldValues({ owner, epoch }: LeaseHold): LeaseRow {
  return { ':owner': { S: owner }, ':epoch': { N: String(epoch) }, ':open': { S: 'OPEN' } };
}

/** A failed condition is an answer; everything else that fails is thrown. */
async function refusalOf(call: Promise<unknown>): Promise<{ row: LeaseRow | undefined } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { row: error.Item };
    throw error;
  }
}

async function unlessRefused<T>(call: Promise<T>): Promise<T | undefined> {
  const refusal = await refusalOf(call);
  return refusal ? undefined : call;
}

/** A transaction is also cancelled by a conflict or by throttling; then its outcome is worth another try. */
function isRefusedTransaction(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException && error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed'
  );
}

function nameMissingTable(cause: unknown): never {
  if (!(cause instanceof Error) || cause.name !== 'ResourceNotFoundException') throw cause;
  throw new StreamConsumerError('LEASE_TABLE_NOT_FOUND', `the lease table must exist: ${cause.message}`, { cause });
}

import {
  type AttributeValue,
  type CreateTableCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ShardDescription } from '../change-stream.ts';
import { InvalidOptionError, StreamConsumerError } from '../errors.ts';
import type { Lease, LeaseHold } from '../lease-store.ts';
import { readStreamArn } from './dynamodb-change-stream.ts';
import { refusalNames } from './refusals.ts';

/** A row of the lease table, as DynamoDB writes it. */
export type LeaseRow = Record<string, AttributeValue>;

/** Options of a {@link DynamoDbLeaseStore} and a {@link DynamoDbGroupLedger}. */
export interface LeaseTableOptions {
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

/** Returns the input of `CreateTable` for the table of the rows. */
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

/**
 * Returns the hash key of a group's lease rows, `{group}#{table}#{stream label}`: a new stream of a table starts with new
 * rows, and one lease table serves the streams of any number of tables.
 *
 * @throws InvalidOptionError when the ARN is not a stream's or the group's name cannot be used
 */
export function consumerGroupOf({ group, streamArn }: Pick<LeaseTableOptions, 'group' | 'streamArn'>): string {
  if (!/^[^#]+$/.test(group)) throw new InvalidOptionError(`group must be a name without #, got "${group}"`);
  const { tableName, label } = readStreamArn(streamArn);
  return `${group}#${tableName}#${label}`;
}

/** The rows of one group: its leases, and its ledger in partitions beside them. */
export class LeaseTable {
  readonly client: DynamoDBClient;
  private readonly tableName: string;
  private readonly consumerGroup: string;

  /** @throws InvalidOptionError when the ARN is not a stream's or the group's name cannot be used */
  constructor({ client, tableName, group, streamArn }: LeaseTableOptions) {
    this.client = client;
    this.tableName = tableName;
    this.consumerGroup = consumerGroupOf({ group, streamArn });
  }

  /** Returns table and key of a lease or, with `partition`, of a row of the ledger. */
  row(range: string, partition?: LedgerPartition) {
    return { TableName: this.tableName, Key: { consumerGroup: { S: this.hashKey(partition) }, shardId: { S: range } } };
  }

  /** Returns the row with all its attributes, read consistently; `undefined` when there is none. */
  async get(...[range, partition]: Parameters<LeaseTable['row']>): Promise<LeaseRow | undefined> {
    const get = new GetItemCommand({ ...this.row(range, partition), ConsistentRead: true });
    return (await this.answer(this.client.send(get))).Item;
  }

  /** Returns all leases or, with `partition`, all rows of that part of the ledger; read consistently, every page. */
  async rows(partition?: LedgerPartition): Promise<LeaseRow[]> {
    const rows: LeaseRow[] = [];
    let from: LeaseRow | undefined;
    do {
      const query = new QueryCommand({
        TableName: this.tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'consumerGroup = :hashKey',
        ExpressionAttributeValues: { ':hashKey': { S: this.hashKey(partition) } },
        ExclusiveStartKey: from,
      });
      const page = await this.answer(this.client.send(query));
      rows.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from);
    return rows;
  }

  /**
   * Returns the answer of the call. A missing or wrong table, which waiting cannot fix, gets a code of its own; every other
   * failure is thrown unchanged.
   *
   * @throws StreamConsumerError `LEASE_TABLE_NOT_FOUND`, `LEASE_TABLE_REFUSED`
   */
  async answer<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      const { name, message } = cause;
      if (name === 'ResourceNotFoundException') {
        const missing = `the lease table must exist before the start, there is no table "${this.tableName}": ${message}`;
        throw new StreamConsumerError('LEASE_TABLE_NOT_FOUND', missing, { cause });
      }
      if (!refusalNames.has(name)) throw cause;
      const refused = `the lease table "${this.tableName}" must have the keys consumerGroup (hash) and shardId (range), both strings, and be open to this consumer, it answers ${name}: ${message}`;
      throw new StreamConsumerError('LEASE_TABLE_REFUSED', refused, { cause });
    }
  }

  private hashKey(partition?: LedgerPartition): string {
    return partition === undefined ? this.consumerGroup : `${this.consumerGroup}#${partition}`;
  }
}

type LedgerPartition = 'start' | 'gaps' | 'quarantined';

export const leaseNames = { '#owner': 'owner', '#state': 'state' };

/** Condition: the lease has the same owner and epoch, and has not ended. */
export const isHeld = '#owner = :owner AND epoch = :epoch AND #state = :open';

export function heldValues({ owner, epoch }: LeaseHold): LeaseRow {
  return toRow({ ':owner': owner, ':epoch': epoch, ':open': 'OPEN' });
}

/** Pads a sequence number to 40 digits, the most it can have, so that strings compare like numbers. */
export function sortable(sequenceNumber: string): string {
  return sequenceNumber.padStart(40, '0');
}

/** Writes attributes in DynamoDB's form, without those that are undefined. */
export function toRow(attributes: object): LeaseRow {
  return marshall(attributes, { removeUndefinedValues: true });
}

/** Reads a lease from its row. */
export function fromRow(row: LeaseRow): Lease {
  const { consumerGroup: _group, checkpointOrder: _order, ...lease } = unmarshall(row);
  return lease as Lease;
}

/** Returns the attributes of a new row besides its key. */
export function newRow({ parentShardId, createdAtMs }: ShardDescription): LeaseRow {
  return toRow({ state: 'OPEN', epoch: 0, heartbeat: 0, parentShardId, createdAtMs });
}

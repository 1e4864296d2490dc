import type { CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvalidOptionError, StreamConsumerError } from '../errors.ts';
import type { LeaseHold } from '../lease-store.ts';
import { readStreamArn } from './dynamodb-change-stream.ts';
import type { LeaseRow } from './lease-row.ts';
import { refusalNames } from './refusals.ts';

/** What a {@link DynamoDbLeaseStore} and a {@link DynamoDbGroupLedger} need. */
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

/**
 * The hash key of a group's lease rows: `{group}#{table}#{stream label}`, so a stream made anew begins with new rows, and
 * one lease table serves the streams of any number of tables.
 *
 * @throws InvalidOptionError when the ARN is not a stream's or the group's name cannot be used
 */
export function consumerGroupOf({ group, streamArn }: Pick<LeaseTableOptions, 'group' | 'streamArn'>): string {
  if (!/^[^#]+$/.test(group)) throw new InvalidOptionError(`group must be a name without #, got "${group}"`);
  const { tableName, label } = readStreamArn(streamArn);
  return `${group}#${tableName}#${label}`;
}

export const leaseNames = { '#owner': 'owner', '#state': 'state' };

/** Condition: nobody has claimed the lease since, and it has not ended. */
export const isHeld = '#owner = :owner AND epoch = :epoch AND #state = :open';

export function heldValues({ owner, epoch }: LeaseHold): LeaseRow {
  return { ':owner': { S: owner }, ':epoch': { N: String(epoch) }, ':open': { S: 'OPEN' } };
}

/**
 * The call's answer. Says so when the table is not there or not as it must be, which no waiting mends; everything else
 * that fails is thrown as it is.
 *
 * @throws StreamConsumerError `LEASE_TABLE_NOT_FOUND`, `LEASE_TABLE_REFUSED`
 */
export async function answerOfTable<T>(tableName: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const { name, message } = cause;
    if (name === 'ResourceNotFoundException') {
      const missing = `the lease table must exist before the start, there is no table "${tableName}": ${message}`;
      throw new StreamConsumerError('LEASE_TABLE_NOT_FOUND', missing, { cause });
    }
    if (!refusalNames.has(name)) throw cause;
    const refused = `the lease table "${tableName}" must have the keys consumerGroup (hash) and shardId (range), both strings, and be open to this consumer, it answers ${name}: ${message}`;
    throw new StreamConsumerError('LEASE_TABLE_REFUSED', refused, { cause });
  }
}

import type { AttributeValue } from '@aws-sdk/client-dynamodb-streams';

/** Attributes as DynamoDB writes them: `{ id: { S: 'a' } }`. `unmarshall` of `@aws-sdk/util-dynamodb` reads them. */
export type AttributeMap = Record<string, AttributeValue>;

/** One committed change of one item. */
export interface ChangeRecord {
  /** Position in its shard: decimal digits, at most 40, ascending. Compare with `compareSequenceNumbers`. */
  sequenceNumber: string;
  /** Identity of the record, given by the stream. */
  eventId: string;
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  /** Identity of the item, the text form of `keys`. Records of one item keep their order. */
  itemKey: string;
  keys: AttributeMap;
  /** The item after the change; absent for REMOVE, or when the stream's view does not carry it. */
  newImage?: AttributeMap;
  /** The item before the change; absent for INSERT, or when the stream's view does not carry it. */
  oldImage?: AttributeMap;
  /** When the change was made, to the second, by DynamoDB's clock. */
  approximateCreationTime?: Date;
  /** Size of the record as the stream counts it; in memory it takes several times that. */
  sizeBytes?: number;
}

/** A shard as the stream lists it. */
export interface ShardDescription {
  shardId: string;
  parentShardId?: string;
  /** When the shard was created, wall-clock milliseconds since 1970; absent when unknown. */
  createdAtMs?: number;
}

/** One page of a listing. */
export interface ShardPage {
  streamStatus: 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED';
  shards: readonly ShardDescription[];
  /** Value of `after` in the request for the next page; absent on the last page. */
  lastShardId?: string;
}

/** The position at which reading starts. */
export type StartPosition = { at: 'TRIM_HORIZON' } | { after: string };

/** One page of records. */
export interface RecordPage {
  /** Ascending by sequence number; may be empty although more follow. */
  records: readonly ChangeRecord[];
  /** Iterator of the next page; absent when the shard is closed and this page was its last. */
  nextIterator?: string;
}

/**
 * Port: a DynamoDB stream. Any call may fail; a failure without one of the named codes counts as transient.
 * `DynamoDbChangeStream` is the adapter.
 */
export interface ChangeStream {
  /**
   * Returns one page of the stream's shards or, with `childrenOf`, of the children of a closed shard.
   *
   * @throws StreamConsumerError `STREAM_NOT_FOUND`; `STREAM_REFUSED`, `WRONG_STREAM` when waiting cannot help
   */
  listShards(query: { after?: string; childrenOf?: string }): Promise<ShardPage>;
  /** @throws StreamConsumerError `RECORDS_TRIMMED` when the records after that position are gone */
  iterator(shardId: string, position: StartPosition): Promise<string>;
  /**
   * @param limit most records in the page, 1 to 1000
   * @throws StreamConsumerError `ITERATOR_EXPIRED`, `RECORDS_TRIMMED`
   */
  read(iterator: string, limit: number): Promise<RecordPage>;
}

/** Returns a negative number when `a` comes before `b`, zero when they are the same position. Leading zeros are ignored. */
export function compareSequenceNumbers(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

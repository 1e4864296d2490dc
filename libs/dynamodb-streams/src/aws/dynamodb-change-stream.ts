import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type DynamoDBStreamsClient,
  type Shard,
  type StreamDescription,
  type StreamViewType,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type {
  AttributeMap,
  ChangeRecord,
  ChangeStream,
  RecordPage,
  ShardDescription,
  ShardPage,
  StartPosition,
} from '../change-stream.ts';
import { InvalidOptionError, StreamConsumerError, type StreamConsumerErrorCode } from '../errors.ts';
import { binaryFromBase64 } from './dead-letter-body.ts';
import { refusalNames } from './refusals.ts';

/** Options of a {@link DynamoDbChangeStream}. */
export interface DynamoDbChangeStreamOptions {
  /**
   * A client for the endpoint of DynamoDB *Streams*, which has no private DNS name inside a VPC. Its `requestTimeout` must be
   * below the consumer's `streamCallTimeoutMs`.
   */
  client: DynamoDBStreamsClient;
  /** `arn:aws:dynamodb:{region}:{account}:table/{table}/stream/{label}` */
  streamArn: string;
  /** View type that the stream must have; `start()` rejects when it has another. Default: any. */
  viewType?: StreamViewType;
}

/** Reads a stream of DynamoDB. */
export class DynamoDbChangeStream implements ChangeStream {
  private readonly client: DynamoDBStreamsClient;
  private readonly streamArn: string;
  private readonly label: string;
  private readonly viewType: StreamViewType | undefined;

  /** @throws InvalidOptionError when the ARN is not a stream's */
  constructor({ client, streamArn, viewType }: DynamoDbChangeStreamOptions) {
    this.label = readStreamArn(streamArn).label;
    this.client = client;
    this.streamArn = streamArn;
    this.viewType = viewType;
  }

  async listShards({ after, childrenOf }: { after?: string; childrenOf?: string }): Promise<ShardPage> {
    const { StreamDescription: stream = {} } = await this.described(
      this.client.send(
        new DescribeStreamCommand({
          StreamArn: this.streamArn,
          ExclusiveStartShardId: after,
          ...(childrenOf === undefined ? {} : { ShardFilter: { Type: 'CHILD_SHARDS', ShardId: childrenOf } }),
        }),
      ),
    );
    this.check(stream);
    const shards = (stream.Shards ?? []).map(toShard);
    const lastShardId = stream.LastEvaluatedShardId;
    return {
      streamStatus: stream.StreamStatus ?? 'ENABLED',
      // dynoxide ignores ShardFilter and lists every shard.
      shards: childrenOf === undefined ? shards : shards.filter((shard) => shard.parentShardId === childrenOf),
      ...(lastShardId === undefined ? {} : { lastShardId }),
    };
  }

  async iterator(shardId: string, position: StartPosition): Promise<string> {
    const start =
      'after' in position
        ? ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position.after } as const)
        : ({ ShardIteratorType: 'TRIM_HORIZON' } as const);
    const { ShardIterator } = await this.named(
      this.client.send(new GetShardIteratorCommand({ StreamArn: this.streamArn, ShardId: shardId, ...start })),
    );
    return ShardIterator as string;
  }

  async read(iterator: string, limit: number): Promise<RecordPage> {
    const { Records = [], NextShardIterator } = await this.named(
      this.client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit })),
    );
    return { records: Records.map(toRecord), ...(NextShardIterator ? { nextIterator: NextShardIterator } : {}) };
  }

  /** Checks label and view type. dynoxide returns the table's present stream for any label. */
  private check({ StreamLabel, StreamViewType: viewType }: StreamDescription): void {
    const { label, streamArn } = this;
    if (StreamLabel !== undefined && StreamLabel !== label) {
      const expected = `the stream must have the label of its ARN, ${label}, it has ${StreamLabel}`;
      throw new StreamConsumerError('WRONG_STREAM', `${expected}: give the table's present stream, not ${streamArn}`);
    }
    if (this.viewType !== undefined && viewType !== undefined && viewType !== this.viewType) {
      const expected = `the stream must have the view type ${this.viewType}, it has ${viewType}`;
      throw new StreamConsumerError('WRONG_STREAM', `${expected}: give the table a stream that has it`);
    }
  }

  /** Gives a refusal of DescribeStream that waiting cannot fix a code of its own. */
  private async described<T>(call: Promise<T>): Promise<T> {
    try {
      return await this.named(call);
    } catch (cause) {
      if (!(cause instanceof Error) || !refusalNames.has(cause.name)) throw cause;
      const message = `DescribeStream must be allowed and valid for ${this.streamArn}, got ${cause.name}: ${cause.message}`;
      throw new StreamConsumerError('STREAM_REFUSED', message, { cause });
    }
  }

  /** Translates the SDK's named errors into codes; all others pass unchanged and count as transient. */
  private async named<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (cause) {
      const code = cause instanceof Error ? codes[cause.name] : undefined;
      if (code === undefined || !(cause instanceof Error)) throw cause;
      const { message } = cause;
      const missing = `the stream and its shards must exist, something of ${this.streamArn} does not: ${message}`;
      throw new StreamConsumerError(code, code === 'STREAM_NOT_FOUND' ? missing : message, { cause });
    }
  }
}

/**
 * Reads the table and the label of a stream from its ARN. A new stream of a table has a new label; streams of two tables
 * may have the same label.
 *
 * @throws InvalidOptionError when the ARN is not a stream's
 */
export function readStreamArn(streamArn: string): { tableName: string; label: string } {
  const [, tableName, label] = /^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/([^/]+)\/stream\/(.+)$/.exec(streamArn) ?? [];
  if (tableName !== undefined && label !== undefined) return { tableName, label };
  throw new InvalidOptionError(
    `streamArn must be arn:aws:dynamodb:{region}:{account}:table/{table}/stream/{label}, got ${streamArn}`,
  );
}

function toShard({ ShardId = '', ParentShardId }: Shard): ShardDescription {
  const createdAtMs = createdAtMsOf(ShardId);
  return {
    shardId: ShardId,
    ...(ParentShardId === undefined ? {} : { parentShardId: ParentShardId }),
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
  };
}

/**
 * Reads the time of creation from a shard's id, `shardId-00000001414576573621-f55eea83`. AWS does not document it, but its
 * own Flink source relies on it (`ShardUtils.getShardCreationTime`). Smaller numbers come from emulators.
 */
function createdAtMsOf(shardId: string): number | undefined {
  const ms = Number(/^shardId-(\d{13,20})-/.exec(shardId)?.[1]);
  return ms > Date.UTC(2014) ? ms : undefined;
}

function toRecord({ eventID = '', eventName, dynamodb = {} }: StreamRecord): ChangeRecord {
  const { Keys = {}, NewImage, OldImage, SequenceNumber, ApproximateCreationDateTime, SizeBytes } = dynamodb;
  return {
    sequenceNumber: SequenceNumber as string,
    eventId: eventID,
    eventName: eventName as ChangeRecord['eventName'],
    itemKey: itemKeyOf(Keys),
    keys: Keys,
    ...(NewImage ? { newImage: NewImage } : {}),
    ...(OldImage ? { oldImage: OldImage } : {}),
    ...(ApproximateCreationDateTime ? { approximateCreationTime: ApproximateCreationDateTime } : {}),
    ...(SizeBytes === undefined ? {} : { sizeBytes: SizeBytes }),
  };
}

/** Sorts the attributes by name, since their order in a record is arbitrary. Binary keys are written as base64. */
function itemKeyOf(keys: AttributeMap): string {
  const sorted = Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}

/** The key attributes that a record's `itemKey` is made of. @throws SyntaxError when the text is no item key */
export function keysOfItem(itemKey: string): AttributeMap {
  return Object.fromEntries(JSON.parse(itemKey, binaryFromBase64) as [string, AttributeMap[string]][]);
}

const codes: Record<string, StreamConsumerErrorCode> = {
  ExpiredIteratorException: 'ITERATOR_EXPIRED',
  TrimmedDataAccessException: 'RECORDS_TRIMMED',
  ResourceNotFoundException: 'STREAM_NOT_FOUND',
};

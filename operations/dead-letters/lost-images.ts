import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeMap, ChangeRecord, ReadDeadLetter } from '#libs/dynamodb-streams';
import { orderKeyOf } from '#libs/order-store';
import { ordersTable } from '#libs/resources';
import { orderVersions, type StoredOrder } from '#libs/orders';
import type { Target } from '../target.ts';

/** Finds again what a letter was too large to carry. */
export class LostImages {
  private readonly target: Target;

  constructor(target: Target) {
    this.target = target;
  }

  /**
   * The record with its images: from the stream, which has it for 24 h; after that the order as the table has it now, so
   * that its newest change is told instead.
   *
   * @throws Error when neither has it
   */
  async completed({ record, shardId, imagesLeftOut }: ReadDeadLetter): Promise<ChangeRecord> {
    if (!imagesLeftOut || record.eventName === 'REMOVE') return record;
    const images = (await this.ofStream(shardId, record.sequenceNumber)) ?? (await this.ofTable(record));
    if (images) return { ...record, ...images };
    throw new Error('it came without its images, the stream has deleted it, and the order is not in the table');
  }

  private async ofStream(ShardId: string, SequenceNumber: string) {
    const { streams } = this.target;
    try {
      const { ShardIterator } = await streams.send(
        new GetShardIteratorCommand({
          StreamArn: await this.target.streamArn(),
          ShardId,
          SequenceNumber,
          ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        }),
      );
      const { Records: [first] = [] } = await streams.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }));
      if (first?.dynamodb?.SequenceNumber !== SequenceNumber) return undefined;
      const { NewImage, OldImage } = first.dynamodb;
      return { ...(NewImage && { newImage: NewImage }), ...(OldImage && { oldImage: OldImage }) };
    } catch (error) {
      // A stream that was made anew, a shard or a record that is gone.
      if (/ResourceNotFound|TrimmedDataAccess|Validation/.test((error as Error).name)) return undefined;
      throw error;
    }
  }

  /** Of what was before it an event tells the status alone. */
  private async ofTable({
    keys,
  }: ChangeRecord): Promise<{ newImage: AttributeMap; oldImage?: AttributeMap } | undefined> {
    const TableName = this.target.nameOf(ordersTable.name);
    const orderKey = orderKeyOf(keys);
    const { Item } = await this.target.dynamodb.send(
      new GetItemCommand({ TableName, Key: { orderKey: { S: orderKey } }, ConsistentRead: true }),
    );
    if (!Item) return undefined;
    const previous = orderVersions(unmarshall(Item) as StoredOrder).versions.at(-1)?.previous;
    return { newImage: Item, ...(previous && { oldImage: marshall(previous) }) };
  }
}

import type { Message } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import {
  type ChangeRecord,
  DynamoDbGroupLedger,
  keysOfItem,
  makeOrRefuse,
  type QuarantinedItem,
  readDeadLetter,
  type ReadDeadLetter,
  RECORD_DEAD_LETTER_ATTRIBUTES,
  RECORD_DEAD_LETTER_CODES,
  SnsFifoTopic,
} from '#libs/dynamodb-streams';
import { orderChangeOf, orderKeyOf, RELAY_CONSUMER_GROUP } from '#libs/order-store';
import { eventMessageOf, isOrderId, orderVersions, recordedEntryOf, traceparentOf } from '#libs/orders';
import { ordersTable, relayDeadLetterQueue, streamLeasesTable } from '#libs/resources';
import { traceIdOf } from '#libs/service';
import type { Environment } from '../environment.ts';
import { persistently } from '../pace.ts';
import { printableLine } from '../terminal.ts';
import {
  attempt,
  attributeOf,
  type DeadLetterQueue,
  type Destination,
  type MessageContent,
} from './dead-letter-message.ts';

/** The code of a message that does not come from the relay. */
const UNREADABLE = 'UNREADABLE';

/** The dead-letter queue of the stream-relay, with stream records of the orders table. */
export const relayQueue: DeadLetterQueue = {
  name: relayDeadLetterQueue.name,
  fifo: true,
  codes: [...RECORD_DEAD_LETTER_CODES, UNREADABLE],
  read: readRecord,
  openDestination: orderEventsTopic,
  openQuarantine,
};

/**
 * The topic to which the relay could not publish the records. A redrive publishes what the relay would publish: the same
 * event with the same deduplication id.
 */
async function orderEventsTopic(environment: Environment): Promise<Destination> {
  const topicArn = await environment.topicArn();
  const topic = new SnsFifoTopic({ client: environment.sns, topicArn, callTimeoutMs: 15_000 });
  const toMessage = (record: ChangeRecord) => {
    const change = orderChangeOf(record);
    return change && eventMessageOf(change, environment.origin, traceparentOf(change) ?? '');
  };
  return {
    async move({ record }) {
      if (!record) throw new Error('it cannot be read: discard it into a file');
      const whole = await completeRecord(environment, record);
      const published = makeOrRefuse(whole, toMessage);
      if (published) await persistently(() => topic.publish(published, { granted: () => true }));
    },
  };
}

export type Quarantine = Awaited<ReturnType<typeof openQuarantine>>;

/**
 * Opens the relay's ledger of quarantined orders. The relay moves the changes of these orders to its dead-letter queue instead
 * of publishing them.
 */
export async function openQuarantine({ dynamodb: client, nameOf, streamArn }: Environment) {
  const table = { client, tableName: nameOf(streamLeasesTable.name), streamArn: await streamArn() };
  const ledger = new DynamoDbGroupLedger({ ...table, group: RELAY_CONSUMER_GROUP });
  return {
    async orders() {
      const items = await ledger.quarantinedItems();
      return items.map((item) => ({ orderKey: orderKeyOf(keysOfItem(item.itemKey)), ...item }));
    },
    /** Ends a quarantine. Resolves to false when another record than the last known one has followed. */
    end: (item: QuarantinedItem) => ledger.release(item),
  };
}

function readRecord(message: Message): MessageContent {
  const code = attributeOf(message, RECORD_DEAD_LETTER_ATTRIBUTES.code) ?? UNREADABLE;
  const detail = attributeOf(message, RECORD_DEAD_LETTER_ATTRIBUTES.detail);
  const record = attempt(() => readDeadLetter(message.Body ?? ''));
  if (!record) return { code, detail, what: 'unreadable' };
  const { newImage, keys, eventName } = record.record;
  const orderId = newImage?.['orderId']?.S ?? '';
  // An unreadable item is one of the reasons for being here.
  const change = attempt(() => orderChangeOf(record.record));
  const { event = 'no event', traceparent } = change ? recordedEntryOf(change) : {};
  return {
    code,
    detail: printableLine(record.detail),
    what: change ? `version ${change.order.version}: ${event}` : eventName,
    // An item that no worker wrote may have any text as an id, and the id is printed in commands to type.
    orderId: isOrderId(orderId) ? orderId : undefined,
    orderKey: orderKeyOf(keys) || undefined,
    traceId: traceIdOf(traceparent),
    record,
  };
}

/**
 * The record with the images that did not fit into its message: from the stream, which keeps them for 24 h, or else from the
 * table, so that the order's newest change is published instead.
 *
 * @throws Error when neither has them
 */
export async function completeRecord(environment: Environment, deadLetter: ReadDeadLetter): Promise<ChangeRecord> {
  const { record, imagesLeftOut } = deadLetter;
  if (!imagesLeftOut || record.eventName === 'REMOVE') return record;
  const images = (await imagesInStream(environment, deadLetter)) ?? (await imagesInTable(environment, record));
  if (images) return { ...record, ...images };
  throw new Error('its images were left out, the stream no longer has it, and the order is not in the table');
}

async function imagesInStream({ streams, streamArn }: Environment, { shardId, record }: ReadDeadLetter) {
  const { sequenceNumber: SequenceNumber } = record;
  const position = { StreamArn: await streamArn(), ShardId: shardId, SequenceNumber };
  try {
    const { ShardIterator } = await streams.getShardIterator({ ...position, ShardIteratorType: 'AT_SEQUENCE_NUMBER' });
    const { Records: [first] = [] } = await streams.getRecords({ ShardIterator, Limit: 1 });
    if (first?.dynamodb?.SequenceNumber !== SequenceNumber) return undefined;
    const { NewImage, OldImage } = first.dynamodb;
    return { ...(NewImage && { newImage: NewImage }), ...(OldImage && { oldImage: OldImage }) };
  } catch (error) {
    // The table has a new stream, or the shard or the record has expired.
    if (/ResourceNotFound|TrimmedDataAccess|Validation/.test((error as Error).name)) return undefined;
    throw error;
  }
}

/** The only field that an event has of the order before the change is its status. */
async function imagesInTable({ dynamodb, nameOf }: Environment, record: ChangeRecord) {
  const TableName = nameOf(ordersTable.name);
  const Key = { orderKey: { S: orderKeyOf(record.keys) } };
  const { Item } = await dynamodb.getItem({ TableName, Key, ConsistentRead: true });
  const change = orderChangeOf({ ...(Item && { newImage: Item }) });
  if (!Item || !change) return undefined;
  const previous = orderVersions(change.order).versions.at(-1)?.previous;
  return { newImage: Item, ...(previous && { oldImage: marshall(previous) }) };
}

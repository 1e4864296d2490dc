import { marshall } from '@aws-sdk/util-dynamodb';
import {
  type AttributeMap,
  type ChangeRecord,
  deadLetterBody,
  DynamoDbChangeStream,
  keysOfItem,
} from '#libs/dynamodb-streams';
import { orderKeyOf } from '#libs/order-store';
import { decideChange, placeOrder, type StoredOrder } from '#libs/orders';
import { aChange } from '../../libs/orders/src/testing/change-factory.ts';
import { aPlaceOrderCommand, shopRules } from '../../libs/orders/src/testing/order-factory.ts';
import { type LocalAws, startLocalAws } from '../../local/aws/local-aws.ts';
import { defaultPorts } from '../../local/ports.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { type Environment, openEnvironment } from '../environment.ts';
import { readMessage } from './dead-letter-message.ts';
import { completeRecord, relayQueue } from './relay-queue.ts';

const ORDER_ID = '9WVF684MTE7GGR38H0ZE7CHBP1';
const CODE = 'NO_MESSAGE' as const;
const DETAIL = 'record 7: no message can be made: no version';

describe('a message of the relay', () => {
  const MessageAttributes = {
    code: { DataType: 'String', StringValue: CODE },
    detail: { DataType: 'String', StringValue: DETAIL },
  };

  function withImage(newImage: AttributeMap) {
    const keys = { orderKey: { S: 'ORDERKEY' } };
    const record = { sequenceNumber: '7', eventId: '7', eventName: 'INSERT' as const, itemKey: 'key', keys, newImage };
    const deadLetter = { record, shardId: 'shardId-1', code: CODE, detail: DETAIL };
    return { MessageId: 'm-1', Body: deadLetterBody(deadLetter, 100_000), MessageAttributes };
  }

  it.each([
    ['a history of nothing', marshall({ orderId: ORDER_ID, version: 1, history: [null] }), 'version 1: no event'],
    ['no history', marshall({ orderId: ORDER_ID, version: 1 }), 'version 1: no event'],
    ['a number that no program can hold', { orderId: { S: ORDER_ID }, total: { N: '1.5e120' } }, 'INSERT'],
  ])('is read when its order has %s', (_what, newImage, what) => {
    expect(readMessage(withImage(newImage), relayQueue)).toMatchObject({
      orderId: ORDER_ID,
      orderKey: 'ORDERKEY',
      code: CODE,
      detail: DETAIL,
      what,
    });
  });

  it('keeps its code when its body cannot be read, and without a code is unreadable', () => {
    expect(readMessage({ Body: '{', MessageAttributes }, relayQueue)).toMatchObject({
      code: CODE,
      detail: DETAIL,
      what: 'unreadable',
    });
    expect(readMessage({ Body: '{}' }, relayQueue)).toMatchObject({ code: 'UNREADABLE', what: 'unreadable' });
  });
});

describe('images that did not fit into a message', () => {
  let aws: LocalAws;
  let environment: Environment;

  beforeAll(async () => {
    const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
    aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } });
    environment = openEnvironment(undefined, { AWS_PORT: String(AWS_PORT), DYNAMODB_PORT: String(DYNAMODB_PORT) });
  });

  afterAll(async () => {
    environment.destroy();
    await aws.stop();
  });

  async function put(order: StoredOrder): Promise<void> {
    const Item = marshall(order, { removeUndefinedValues: true });
    await environment.dynamodb.putItem({ TableName: aws.resources.ordersTableName, Item });
  }

  async function recordsOf({ orderKey }: StoredOrder): Promise<{ shardId: string; records: ChangeRecord[] }> {
    const stream = new DynamoDbChangeStream({ client: environment.streams, streamArn: aws.resources.ordersStreamArn });
    const [{ shardId } = { shardId: '' }] = (await stream.listShards({})).shards;
    const { records } = await stream.read(await stream.iterator(shardId, { at: 'TRIM_HORIZON' }), 1_000);
    return { shardId, records: records.filter(({ keys }) => keys['orderKey']?.S === orderKey) };
  }

  function completed({ newImage: _new, oldImage: _old, ...record }: ChangeRecord, shardId: string) {
    return completeRecord(environment, { record, shardId, code: CODE, detail: 'too large', imagesLeftOut: true });
  }

  it('are read from the stream, or else from the table as it is now', async () => {
    const command = aPlaceOrderCommand();
    const order = placeOrder(command, shopRules(), command.receivedAt);
    await put(order);
    const decision = decideChange(order, aChange(order, 'startFulfillment', {}), shopRules(), command.receivedAt);
    if (decision.outcome !== 'CHANGED') throw new Error(`expected a change, got ${decision.outcome}`);
    await put(decision.order);
    const { shardId, records } = await recordsOf(order);
    for (const record of records) expect(await completed(record, shardId)).toEqual(record);
    for (const { itemKey } of records) expect(orderKeyOf(keysOfItem(itemKey))).toBe(order.orderKey);

    const [first] = records as [ChangeRecord];
    const old = await completed({ ...first, sequenceNumber: '1' }, 'shardId-of-yesterday');
    expect(old).toMatchObject({ sequenceNumber: '1', newImage: { version: { N: '2' } } });
    // The event has only the status of the order before.
    expect(old.oldImage).toEqual({ status: { S: 'CONFIRMED' } });

    const nobodys = { ...first, sequenceNumber: '1', keys: { orderKey: { S: 'NOBODY' } } };
    await expect(completed(nobodys, 'shardId-of-yesterday')).rejects.toThrow('not in the table');
  });
});

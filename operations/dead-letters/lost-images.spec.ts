import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type ChangeRecord, DynamoDbChangeStream } from '#libs/dynamodb-streams';
import { marshall } from '@aws-sdk/util-dynamodb';
import { placeOrder, type StoredOrder, decideChange } from '#libs/orders';
import { aChange } from '../../libs/orders/src/testing/change-factory.ts';
import { aPlaceOrderCommand, shopRules } from '../../libs/orders/src/testing/order-factory.ts';
import { type LocalAws, startLocalAws } from '../../local/aws/local-aws.ts';
import { defaultPorts } from '../../local/ports.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { openTarget, type Target } from '../target.ts';
import { LostImages } from './lost-images.ts';

let aws: LocalAws;
let target: Target;

beforeAll(async () => {
  const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
  aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } });
  target = openTarget(undefined, { AWS_PORT: String(AWS_PORT), DYNAMODB_PORT: String(DYNAMODB_PORT) });
});

afterAll(async () => {
  target.destroy();
  await aws.stop();
});

async function put(order: StoredOrder): Promise<void> {
  const Item = marshall(order, { removeUndefinedValues: true });
  await target.dynamodb.send(new PutItemCommand({ TableName: aws.resources.ordersTableName, Item }));
}

async function recordsOf({ orderKey }: StoredOrder): Promise<{ shardId: string; records: ChangeRecord[] }> {
  const stream = new DynamoDbChangeStream({ client: target.streams, streamArn: aws.resources.ordersStreamArn });
  const [{ shardId } = { shardId: '' }] = (await stream.listShards({})).shards;
  const { records } = await stream.read(await stream.iterator(shardId, { at: 'TRIM_HORIZON' }), 1_000);
  return { shardId, records: records.filter(({ keys }) => keys['orderKey']?.S === orderKey) };
}

function letterOf({ newImage: _new, oldImage: _old, ...record }: ChangeRecord, shardId: string) {
  return { record, shardId, code: 'SINK_REFUSED' as const, detail: 'too large', imagesLeftOut: true };
}

describe('images that a letter was too large for', () => {
  it('are found in the stream, or else the order is as the table has it now', async () => {
    const command = aPlaceOrderCommand();
    const order = placeOrder(command, shopRules(), command.receivedAt);
    await put(order);
    const decision = decideChange(order, aChange(order, 'startFulfillment', {}), shopRules(), command.receivedAt);
    if (decision.outcome !== 'CHANGED') throw new Error(`expected a change, got ${decision.outcome}`);
    await put(decision.order);
    const { shardId, records } = await recordsOf(order);
    const images = new LostImages(target);
    for (const record of records) expect(await images.completed(letterOf(record, shardId))).toEqual(record);

    const [first] = records as [ChangeRecord];
    const old = await images.completed(letterOf({ ...first, sequenceNumber: '1' }, 'shardId-of-yesterday'));
    expect(old).toMatchObject({ sequenceNumber: '1', newImage: { version: { N: '2' } } });
    // What its event tells of the order before.
    expect(old.oldImage).toEqual({ status: { S: 'CONFIRMED' } });

    const nobodys = { ...first, sequenceNumber: '1', keys: { orderKey: { S: 'NOBODY' } } };
    await expect(images.completed(letterOf(nobodys, 'shardId-of-yesterday'))).rejects.toThrow('not in the table');
  });
});

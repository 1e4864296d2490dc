import type { AttributeMap } from '#libs/dynamodb-streams';
import { deadLetterBody } from '#libs/dynamodb-streams';
import { marshall } from '@aws-sdk/util-dynamodb';
import { deadLetterQueue } from './dead-letter-queues.ts';
import { readLetter } from './dead-letter.ts';

const ORDER_ID = '9WVF684MTE7GGR38H0ZE7CHBP1';

function ofTheRelay(newImage: AttributeMap) {
  const keys = { orderKey: { S: 'ORDERKEY' } };
  const record = { sequenceNumber: '7', eventId: '7', eventName: 'INSERT' as const, itemKey: 'key', keys, newImage };
  const code = 'NO_MESSAGE' as const;
  const letter = { record, shardId: 'shardId-1', code, detail: 'toMessage threw' };
  const MessageAttributes = { code: { DataType: 'String', StringValue: code } };
  return readLetter(
    { MessageId: 'm-1', Body: deadLetterBody(letter, 100_000), MessageAttributes },
    deadLetterQueue('stream-relay-dlq.fifo'),
  );
}

describe('readLetter', () => {
  it.each([
    ['a history of nothing', marshall({ orderId: ORDER_ID, version: 1, history: [null] }), 'version 1: no event'],
    ['no history', marshall({ orderId: ORDER_ID, version: 1 }), 'version 1: no event'],
    ['a number that no program can hold', { orderId: { S: ORDER_ID }, total: { N: '1.5e120' } }, 'INSERT'],
  ])('reads a parked record of an order with %s', (_fault, newImage, what) => {
    expect(ofTheRelay(newImage)).toMatchObject({ orderId: ORDER_ID, orderKey: 'ORDERKEY', code: 'NO_MESSAGE', what });
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startLocalAws, type LocalAws } from '../../../local/aws/local-aws.ts';
import { drainQueue } from '../../../local/aws/queue-reader.ts';
import { freeRunPorts } from '../../../local/taken-ports.ts';
import type { CallFault } from './aws-call.ts';
import { FaultProxy } from './fault-proxy.ts';

let aws: LocalAws;
let proxy: FaultProxy;
let sqs: SQSClient;
let sns: SNSClient;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  const ports = await freeRunPorts();
  aws = await startLocalAws({ ports });
  const messaging = `http://127.0.0.1:${ports.AWS_PORT}`;
  const tables = `http://127.0.0.1:${ports.DYNAMODB_PORT}`;
  proxy = new FaultProxy({ sqs: messaging, sns: messaging, dynamodb: tables, streams: tables }, 1);
  const urls = await proxy.start();
  const options = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  sqs = new SQSClient({ ...options, endpoint: urls.sqs, useQueueUrlAsEndpoint: false });
  sns = new SNSClient({ ...options, endpoint: urls.sns });
  dynamodb = new DynamoDBClient({ ...options, endpoint: urls.dynamodb });
});

afterEach(() => proxy.inflict([]));

afterAll(async () => {
  [sqs, sns, dynamodb].forEach((client) => client.destroy());
  await proxy.stop();
  await aws.stop();
});

const inflict = (...faults: CallFault[]) => proxy.inflict(faults);
const send = (MessageBody: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl: aws.resources.ordersQueueUrl, MessageBody }));

/** Receives and deletes all messages of a queue, the orders queue by default. */
async function bodies(QueueUrl = aws.resources.ordersQueueUrl): Promise<string[]> {
  return (await drainQueue(sqs, QueueUrl)).map(({ Body = '' }) => Body).toSorted();
}

const insert = (key: string) => ({ Statement: `INSERT INTO "orders" VALUE {'orderKey': ?}`, Parameters: [{ S: key }] });
const read = async (...keys: string[]) => {
  const Keys = keys.map((key) => ({ orderKey: { S: key } }));
  const { Responses, UnprocessedKeys } = await dynamodb.send(
    new BatchGetItemCommand({ RequestItems: { orders: { Keys } } }),
  );
  const keysOf = (items: Record<string, AttributeValue>[] = []) =>
    items.map((item) => item['orderKey']?.S ?? '').toSorted();
  return {
    found: keysOf(Responses?.['orders']),
    unprocessed: keysOf(UnprocessedKeys?.['orders']?.Keys),
  };
};

describe('FaultProxy', () => {
  it('passes calls on without faults', async () => {
    await send('plain');
    expect(await bodies()).toEqual(['plain']);
  });

  it.each([
    ['sqs', 'InternalFailure', () => send('never')],
    ['sns', 'InternalErrorException', () => sns.send(new PublishCommand(anEvent('never')))],
    ['dynamodb', 'InternalServerError', () => read('never')],
  ] as const)('answers with a 500 of %s that its client recognizes', async (service, name, call) => {
    inflict({ service, kind: 'error', share: 1 });
    await expect(call()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 500 } });
  });

  it.each([
    ['sqs', 'RequestThrottled', () => send('never')],
    ['sns', 'ThrottledException', () => sns.send(new PublishCommand(anEvent('never')))],
    ['dynamodb', 'ProvisionedThroughputExceededException', () => read('never')],
  ] as const)('throttles as %s does', async (service, name, call) => {
    inflict({ service, kind: 'throttle', share: 1 });
    await expect(call()).rejects.toMatchObject({ name });
  });

  it('cuts a connection before the call is applied', async () => {
    inflict({ service: 'sqs', kind: 'reset-before', share: 1 });
    await expect(send('cut before')).rejects.toThrow('socket hang up');
    inflict();
    expect(await bodies()).toEqual([]);
  });

  it('cuts a connection after the call was applied', async () => {
    inflict({ service: 'sqs', kind: 'reset-after', share: 1, actions: ['SendMessage'] });
    await expect(send('cut after')).rejects.toThrow('socket hang up');
    expect(await bodies()).toEqual(['cut after']);
  });

  it('neither answers nor applies a call that hangs', async () => {
    inflict({ service: 'sqs', kind: 'hang', share: 1, actions: ['SendMessage'] });
    const command = new SendMessageCommand({ QueueUrl: aws.resources.ordersQueueUrl, MessageBody: 'hangs' });
    await expect(sqs.send(command, { abortSignal: AbortSignal.timeout(100) })).rejects.toThrow('aborted');
    expect(await bodies()).toEqual([]);
  });

  it('answers slowly what was applied at once', async () => {
    inflict({ service: 'sqs', kind: 'slow', share: 1, actions: ['SendMessage'], delayMs: [150, 200] });
    const startedMs = performance.now();
    await send('slow');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(149);
    expect(await bodies()).toEqual(['slow']);
  });

  it('hits only the named actions, and counts the hits', async () => {
    inflict({ service: 'sqs', kind: 'error', share: 1, actions: ['DeleteMessageBatch'] });
    await send('stays');
    await expect(bodies()).rejects.toThrow('injected');
    expect(proxy.hits.get('sqs DeleteMessageBatch error')).toBe(1);
  });

  it('fails some entries of a SendMessageBatch and applies the others', async () => {
    await bodies();
    inflict({ service: 'sqs', kind: 'partial', share: 0.5, actions: ['SendMessageBatch'] });
    const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: `e${n}`, MessageBody: `e${n}` }));
    const QueueUrl = aws.resources.ordersDeadLetterQueueUrl;
    const { Successful = [], Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Failed.length).toBeGreaterThan(0);
    expect(Failed[0]).toMatchObject({ Code: 'InternalError', SenderFault: false });
    expect(await bodies(QueueUrl)).toEqual(Successful.map(({ Id = '' }) => Id).toSorted());
    expect([...Successful, ...Failed].map(({ Id = '' }) => Id).toSorted()).toEqual(Entries.map(({ Id }) => Id));
  });

  it('fails every entry of a batch without a call to the service', async () => {
    inflict({ service: 'sqs', kind: 'partial', share: 1, actions: ['SendMessageBatch'] });
    const Entries = [{ Id: 'alone', MessageBody: 'alone' }];
    const QueueUrl = aws.resources.ordersDeadLetterQueueUrl;
    const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(answer.Failed?.map(({ Id = '' }) => Id)).toEqual(['alone']);
    expect(await bodies(QueueUrl)).toEqual([]);
  });

  it('fails some messages of a PublishBatch and publishes the others', async () => {
    inflict({ service: 'sns', kind: 'partial', share: 0.5 });
    const entries = Array.from({ length: 8 }, (_, n) => ({ ...anEvent(`p${n}`), Id: `p${n}` }));
    const { Successful = [], Failed = [] } = await sns.send(
      new PublishBatchCommand({
        TopicArn: aws.resources.orderEventsTopicArn,
        PublishBatchRequestEntries: entries.map(({ TopicArn: _topic, ...entry }) => entry),
      }),
    );
    expect(Failed.length).toBeGreaterThan(0);
    expect(Successful.length).toBeGreaterThan(0);
    expect(await bodies(aws.resources.consumerQueueUrls.inventory)).toEqual(
      Successful.map(({ Id = '' }) => Id).toSorted(),
    );
    expect([...Successful, ...Failed].map(({ Id = '' }) => Id).toSorted()).toEqual(entries.map(({ Id }) => Id));
  });

  it('fails some statements of a BatchExecuteStatement in their places and executes the others', async () => {
    inflict({ service: 'dynamodb', kind: 'partial', share: 0.5, actions: ['BatchExecuteStatement'] });
    const keys = Array.from({ length: 10 }, (_, n) => `statement-${n}`);
    const { Responses = [] } = await dynamodb.send(new BatchExecuteStatementCommand({ Statements: keys.map(insert) }));
    const written = keys.filter((_, n) => Responses[n]?.Error === undefined);
    expect(written.length).toBeLessThan(10);
    expect(Responses.find(({ Error }) => Error)?.Error?.Code).toBe('InternalServerError');
    expect((await read(...keys)).found).toEqual(written);
  });

  it('leaves some keys of a BatchGetItem unprocessed', async () => {
    const keys = Array.from({ length: 10 }, (_, n) => `key-${n}`);
    await dynamodb.send(new BatchExecuteStatementCommand({ Statements: keys.map(insert) }));
    inflict({ service: 'dynamodb', kind: 'partial', share: 0.5, actions: ['BatchGetItem'] });
    const { found, unprocessed } = await read(...keys);
    expect(unprocessed.length).toBeGreaterThan(0);
    expect([...found, ...unprocessed].toSorted()).toEqual(keys);
  });

  it('survives a client that goes away in the middle of an answer', async () => {
    const ended = Promise.withResolvers<void>();
    const service = createServer((_, response) => {
      response.once('close', () => ended.resolve());
      response.writeHead(200, { 'content-length': '10' }).write('half ');
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const target = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const other = new FaultProxy({ sqs: target, sns: target, dynamodb: target, streams: target }, 1);
    const { sqs } = await other.start();
    const giveUp = new AbortController();
    const call = fetch(sqs, { method: 'POST', body: '', signal: giveUp.signal });
    await once(service, 'request');
    // The proxy must have received the head. It passes nothing on before it has the whole answer.
    await sleep(100);
    giveUp.abort();
    await expect(call).rejects.toThrow('aborted');
    await ended.promise;
    await other.stop();
    service.closeAllConnections();
    service.close();
  });

  it('hits the same calls again with the same seed', async () => {
    const outcomes = async (seed: number) => {
      const target = aws.env['AWS_ENDPOINT_URL_SQS'] ?? '';
      const other = new FaultProxy({ sqs: target, sns: target, dynamodb: target, streams: target }, seed);
      const { sqs } = await other.start();
      other.inflict([{ service: 'sqs', kind: 'error', share: 0.5 }]);
      const statuses: number[] = [];
      for (let n = 0; n < 20; n += 1) statuses.push((await fetch(sqs, { method: 'POST', body: '' })).status);
      await other.stop();
      return statuses.map((status) => status === 500);
    };
    expect(await outcomes(7)).toEqual(await outcomes(7));
    expect(await outcomes(7)).not.toEqual(await outcomes(8));
  });
});

function anEvent(id: string) {
  return {
    TopicArn: aws.resources.orderEventsTopicArn,
    Message: id,
    MessageGroupId: id,
    MessageDeduplicationId: id,
  };
}

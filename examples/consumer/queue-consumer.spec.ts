import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { awsClients, type AwsClients } from '../../local/aws/aws-clients.ts';
import { type LocalAws, startLocalAws } from '../../local/aws/local-aws.ts';
import { freeRunPorts } from '../../local/taken-ports.ts';
import { followQueue, newClient } from './queue-consumer.ts';

describe('followQueue', () => {
  let aws: LocalAws;
  let clients: AwsClients;
  let silent: Server;

  beforeAll(async () => {
    aws = await startLocalAws({ ports: await freeRunPorts() });
    clients = awsClients(aws.env);
    silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });

  afterAll(async () => {
    clients.destroy();
    await aws.stop();
    silent.close();
  });

  it('stops in time while as many messages as it takes at once hang', async () => {
    const queueUrl = aws.resources.consumerQueueUrls.inventory;
    const message = { QueueUrl: queueUrl, MessageBody: '{}', MessageGroupId: 'a', MessageDeduplicationId: 'a' };
    await clients.sqs.send(new SendMessageCommand(message));
    const stopping = new AbortController();
    const take = () => {
      setImmediate(() => stopping.abort());
      return new Promise<undefined>(() => undefined);
    };
    const queue = { sqs: clients.sqs, queueUrl, log: () => undefined };
    await expect(followQueue(queue, take, 1, stopping.signal, 100)).resolves.toBeUndefined();
  });

  it('calls the queue again when a connection brings no answer', async () => {
    const sqs = newClient(100, {
      endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      region: 'local',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    const stopping = new AbortController();
    const events: string[] = [];
    const log = (event: string) => {
      events.push(event);
      stopping.abort();
    };
    const take = () => Promise.resolve(undefined);
    await followQueue({ sqs, queueUrl: 'http://silent/queue', log }, take, 1, stopping.signal);
    expect(events).toEqual(['queue_call_failed']);
    sqs.destroy();
  });
});

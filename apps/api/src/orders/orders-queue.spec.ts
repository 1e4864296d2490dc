import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MetricRecorder } from '#libs/metrics';
import { awsClient, noTracing, SQS_OPTIONS } from '#libs/service';
import { aPlaceOrderCommand } from '../../../../libs/orders/src/testing/order-factory.ts';
import { freePorts } from '../../../../local/taken-ports.ts';
import { EmbeddedAws } from '../../../../test/harness/embedded-aws.ts';
import { NotAcknowledgedError, OrdersQueue } from './orders-queue.ts';

describe('OrdersQueue', () => {
  let aws: EmbeddedAws;
  let queue: OrdersQueue;
  let metrics: MetricRecorder<'api'>;

  beforeAll(async () => {
    aws = await EmbeddedAws.start();
    metrics = new MetricRecorder('api');
    queue = new OrdersQueue(aws.sqs, aws.resources.ordersQueueUrl, { metrics, tracing: noTracing });
  });

  afterAll(() => aws.stop());

  const sends = () => aws.callsOf('SendMessageBatchCommand');

  it('sends a command as it is', async () => {
    const command = aPlaceOrderCommand();
    await queue.enqueue(command);
    const { Messages = [] } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: aws.resources.ordersQueueUrl }));
    expect(JSON.parse(Messages[0]?.Body as string)).toEqual(command);
  });

  it('measures the pending commands, and how long each waits for its acknowledgement', async () => {
    metrics.take();
    const measured = () => Object.fromEntries(metrics.take()[0]!.values.map(({ name, value }) => [name, value]));
    const sent = Promise.all(Array.from({ length: 30 }, () => queue.enqueue(aPlaceOrderCommand())));
    expect(measured()).toEqual({ PendingEnqueue: 30 });
    await sent;
    const { PendingEnqueue, EnqueueLatency } = measured();
    expect(PendingEnqueue).toBe(0);
    expect(EnqueueLatency).toHaveLength(30);
  });

  it('sends each of several successive commands at once, in its own call', async () => {
    const before = sends();
    for (let order = 0; order < 3; order += 1) await queue.enqueue(aPlaceOrderCommand());
    expect(sends() - before).toBe(3);
  });

  it('shares calls among concurrent commands, ten to a call', async () => {
    const before = sends();
    await Promise.all(Array.from({ length: 101 }, () => queue.enqueue(aPlaceOrderCommand())));
    expect(sends() - before).toBe(11);
  });

  it('acknowledges only the commands of a call that SQS acknowledged', async () => {
    const partial = aws.sqsClient();
    // The call is real; every third entry of its answer is made a failure.
    partial.middlewareStack.add(
      (next) => async (args) => {
        const { output, ...rest } = await next(args);
        const { Successful = [], ...metadata } = output as { Successful?: { Id: string }[]; $metadata: object };
        const failed = Successful.filter(({ Id }) => Number(Id) % 3 === 0);
        const Failed = failed.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
        return {
          ...rest,
          output: { ...metadata, Successful: Successful.filter(({ Id }) => Number(Id) % 3 !== 0), Failed } as never,
        };
      },
      { step: 'initialize' },
    );
    const shared = new OrdersQueue(partial, aws.resources.ordersQueueUrl, { metrics, tracing: noTracing });
    const [first, ...rest] = await Promise.allSettled(
      Array.from({ length: 11 }, () => shared.enqueue(aPlaceOrderCommand())),
    );
    expect(first?.status).toBe('rejected');
    expect(rest.map(({ status }, position) => (status === 'rejected') === (position % 3 === 0))).not.toContain(false);
  });

  it('fails a command when SQS cannot be reached', async () => {
    const [port = 0] = await freePorts(1);
    const unreachable = queueAt(port);
    await expect(unreachable.enqueue(aPlaceOrderCommand())).rejects.toBeInstanceOf(NotAcknowledgedError);
    await unreachable.idle();
  });

  it('fails a command when SQS does not answer, earlier than after the 2 s in which the api promises an answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const unanswered = queueAt((silent.address() as AddressInfo).port);
    // The queue aborts the call. Otherwise, the client would end it after its 2 s, with a TimeoutError.
    await expect(unanswered.enqueue(aPlaceOrderCommand())).rejects.toMatchObject({
      name: 'NotAcknowledgedError',
      cause: { name: 'AbortError' },
    });
    await unanswered.idle();
    silent.closeAllConnections();
    silent.close();
  });

  /** A queue whose client calls this port and gives a call up after 2 s. */
  function queueAt(port: number): OrdersQueue {
    const client = awsClient(
      SQSClient,
      { requestTimeoutMs: 2_000, maxAttempts: 1, maxSockets: 1 },
      {
        endpoint: `http://127.0.0.1:${port}`,
        region: 'eu-west-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        ...SQS_OPTIONS,
      },
    );
    return new OrdersQueue(client, aws.resources.ordersQueueUrl, { metrics, tracing: noTracing });
  }
});

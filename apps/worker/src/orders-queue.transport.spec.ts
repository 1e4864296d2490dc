import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { OrderError } from '#libs/orders';
import { MetricRecorder } from '#libs/metrics';
import { createLogger, noTracing } from '#libs/service';
import { EmbeddedAws } from '../../../test/harness/embedded-aws.ts';
import { OrdersDeadLetters } from './orders-dead-letters.ts';
import { OrdersQueueTransport } from './orders-queue.transport.ts';

const TYPE = 'test.command';

describe('OrdersQueueTransport', () => {
  let aws: EmbeddedAws;
  let transport: OrdersQueueTransport;

  beforeAll(async () => {
    aws = await EmbeddedAws.start();
  });

  afterEach(() => transport.close());
  afterAll(() => aws.stop());

  /** A transport whose commands are handled like this; messages are hidden for 3 s at a time. */
  function listen(handle: (document: { attempt?: number }) => Promise<void>): void {
    const { ordersQueueUrl: queueUrl, ordersDeadLetterQueueUrl } = aws.resources;
    transport = new OrdersQueueTransport(
      { queueUrl, pollers: 1, visibilityTimeoutSeconds: 3, heartbeatSeconds: 1, unexpectedRetrySeconds: 1 },
      aws.sqs,
      new OrdersDeadLetters(aws.sqs, ordersDeadLetterQueueUrl),
      {
        logger: createLogger('worker', { LOG_LEVEL: 'silent', LOG_PRETTY: 0 }),
        metrics: new MetricRecorder('worker'),
        tracing: noTracing,
      },
    );
    transport.addHandler(TYPE, handle as never, true);
    transport.listen(() => undefined);
  }

  async function send(): Promise<void> {
    const MessageBody = JSON.stringify({ type: TYPE });
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.resources.ordersQueueUrl, MessageBody }));
  }

  async function messagesIn(QueueUrl: string): Promise<number> {
    const { Attributes = {} } = await aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  /** Resolves when this command was answered so many times. */
  function callsAnswered(command: string, times: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let answers = 0;
    aws.sqs.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (commandName === command) answers += 1;
          if (answers === times) resolve();
          return answer;
        },
      { step: 'initialize' },
    );
    return promise;
  }

  it('keeps a message hidden while it is handled, longer than its visibility timeout', async () => {
    let deliveries = 0;
    const finished = Promise.withResolvers<void>();
    // Four renewals, a second apart, take longer than the 3 s for which a message is hidden at a time.
    const renewedOften = callsAnswered('ChangeMessageVisibilityBatchCommand', 4);
    listen(async () => {
      deliveries += 1;
      await renewedOften;
      finished.resolve();
    });
    await send();
    await finished.promise;
    await transport.close();
    expect(deliveries).toBe(1);
    expect(await messagesIn(aws.resources.ordersQueueUrl)).toBe(0);
  });

  it('leaves a message while the table is unavailable, and handles it when it comes back', async () => {
    const attempts: number[] = [];
    const handled = Promise.withResolvers<void>();
    listen(async () => {
      attempts.push(Date.now());
      if (attempts.length < 3) throw new OrderError('TABLE_UNAVAILABLE', 'down');
      handled.resolve();
    });
    await send();
    await handled.promise;
    await transport.close();
    const [first = 0, second = 0, third = 0] = attempts;
    // The first delay is at least 1 s, the second at least 2 s; SQS counts in whole seconds.
    expect(second - first).toBeGreaterThanOrEqual(900);
    expect(third - second).toBeGreaterThanOrEqual(1_900);
    expect(await messagesIn(aws.resources.ordersQueueUrl)).toBe(0);
    expect(await messagesIn(aws.resources.ordersDeadLetterQueueUrl)).toBe(0);
  }, 20_000);

  it('handles and deletes the messages in flight before it is closed', async () => {
    const began = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let finished = false;
    listen(async () => {
      began.resolve();
      await go.promise;
      finished = true;
    });
    await send();
    await began.promise;
    const closed = transport.close();
    go.resolve();
    await closed;
    expect(finished).toBe(true);
    expect(await messagesIn(aws.resources.ordersQueueUrl)).toBe(0);
  });

  it('dead-letters a refused message with its reason and leaves nothing in the queue', async () => {
    listen(() => Promise.reject(new OrderError('ITEM_REFUSED', 'too large\u0000')));
    await send();
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: aws.resources.ordersDeadLetterQueueUrl,
        WaitTimeSeconds: 10,
        MessageAttributeNames: ['All'],
      }),
    );
    await transport.close();
    expect(Messages[0]?.MessageAttributes).toMatchObject({
      code: { StringValue: 'ITEM_REFUSED' },
      detail: { StringValue: 'too large?' },
    });
    expect(await messagesIn(aws.resources.ordersQueueUrl)).toBe(0);
  });
});

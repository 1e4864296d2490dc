import type { BatchGetItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { SendMessageBatchCommandInput } from '@aws-sdk/client-sqs';
import { MetricRecorder } from '#libs/metrics';
import type { PlaceOrderCommand } from '#libs/order-requests';
import { OrderTable } from '#libs/order-store';
import { placeOrder } from '#libs/orders';
import { createLogger, noTracing } from '#libs/service';
import { anOrderRequest, orderIds, shopRules } from '../../../../libs/orders/src/testing/order-factory.ts';
import { EmbeddedAws } from '../../../../test/harness/embedded-aws.ts';
import type { Bill } from '../auth/quota.ts';
import { OrderPlacement } from './order-placement.ts';
import { OrderPricing } from './order-pricing.ts';
import { OrdersQueue } from './orders-queue.ts';

describe('OrderPlacement', () => {
  let aws: EmbeddedAws;
  let placement: OrderPlacement;
  const clients: { destroy(): void }[] = [];
  const metrics = new MetricRecorder('api');
  const caller = { subject: 'cust-1', roles: ['retail'] as const };
  /** With open prices, an order costs nothing more. */
  const noBill = {} as Bill;

  beforeAll(async () => {
    aws = await EmbeddedAws.start();
    const table = new OrderTable(aws.dynamodb, aws.resources.ordersTableName);
    const stored = Promise.withResolvers<void>();
    // A worker that is quicker than the acknowledgement.
    const sqs = aws.sqsClient();
    sqs.middlewareStack.add(
      (next) => async (args) => {
        const sent = await next(args);
        for (const { MessageBody } of (args.input as SendMessageBatchCommandInput).Entries ?? []) {
          const command = JSON.parse(MessageBody as string) as PlaceOrderCommand;
          await table.create(placeOrder(command, shopRules(), command.receivedAt));
        }
        stored.resolve();
        return sent;
      },
      { step: 'initialize' },
    );
    // A lookup that is slower than the worker.
    const dynamodb = aws.dynamodbClient();
    dynamodb.middlewareStack.add(
      (next) => async (args) => {
        if ((args.input as BatchGetItemCommandInput).RequestItems) await stored.promise;
        return next(args);
      },
      { step: 'initialize' },
    );
    clients.push(sqs, dynamodb);
    const lookups = new OrderTable(dynamodb, aws.resources.ordersTableName);
    const telemetry = {
      metrics,
      tracing: noTracing,
      logger: createLogger('api', { LOG_LEVEL: 'silent', LOG_PRETTY: 0 }),
    };
    const queue = new OrdersQueue(sqs, aws.resources.ordersQueueUrl, telemetry);
    placement = new OrderPlacement(orderIds, new OrderPricing('open'), lookups, queue, telemetry);
  });

  afterAll(async () => {
    for (const client of clients) client.destroy();
    await aws.stop();
  });

  it('accepts an order that its own lookup finds: it is no repetition', async () => {
    const order = placement.requested(caller, 'key-1', {
      customerId: undefined,
      quote: undefined,
      request: anOrderRequest(),
    });
    const accepted = await placement.place(order, noBill, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    expect(accepted).toEqual({ orderId: order.orderId, replayed: false });
    const counted = metrics.take().flatMap(({ values }) => values.filter(({ name }) => name === 'OrdersAccepted'));
    expect(counted).toMatchObject([{ value: 1 }]);
  });
});

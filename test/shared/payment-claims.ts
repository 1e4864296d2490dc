import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Order, paymentClaimOf, placeOrder } from '#libs/orders';
import {
  anOrderRequest,
  aPlaceOrderCommand,
  aWholesaleRequest,
  shopRules,
} from '../../libs/orders/src/testing/order-factory.ts';
import { reconciled, reconciledWithReports } from '../../local/reconciliation.ts';
import { FurtherApps } from '../harness/further-apps.ts';
import type { Pipeline } from '../harness/pipeline.ts';

const WAIT = { prefer: 'wait=10' };

export function paymentClaimTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let apps: FurtherApps;
  let [ada, bob] = ['', ''];
  let dynamodb: DynamoDBClient;

  beforeAll(async () => {
    pipeline = running();
    apps = new FurtherApps(pipeline);
    [ada, bob] = [await pipeline.token('ada'), await pipeline.token('bob')];
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_DYNAMODB: endpoint = '' } = pipeline.aws.env;
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = pipeline.credentials;
    dynamodb = new DynamoDBClient({ region, endpoint, credentials: { accessKeyId, secretAccessKey } });
  });

  afterAll(async () => {
    dynamodb.destroy();
    await apps.stop();
  });

  const statusOf = async (token: string, orderId: string) => (await pipeline.decided(token, orderId)).body.status;

  /** Leaves the claim of an order in the table, as a worker that was killed after the claim. */
  async function leaveClaim(orderId: string, request: ReturnType<typeof anOrderRequest>): Promise<void> {
    const command = aPlaceOrderCommand({ orderId, request, receivedAt: new Date().toISOString() });
    const payment = paymentClaimOf(placeOrder(command, shopRules(), command.receivedAt));
    const Item = marshall({ payment, orderId, claimedAt: command.receivedAt });
    await dynamodb.send(new PutItemCommand({ TableName: pipeline.aws.resources.paymentClaimsTableName, Item }));
  }

  it('rejects a second order with the same payment, with a reason and an event, also after the first was cancelled', async () => {
    const order = anOrderRequest();
    const first = await pipeline.place(ada, order, randomUUID(), WAIT);
    expect(first.body).toMatchObject({ status: 'CONFIRMED' });
    await pipeline.changed(ada, String(first.body['orderId']), 'cancellation');

    const provider = order.payment.provider.toUpperCase();
    const again = { ...anOrderRequest(), payment: { ...order.payment, provider } };
    const key = randomUUID();
    const second = await pipeline.place(bob, again, key, WAIT);
    expect(second).toMatchObject({ status: 201, body: { status: 'REJECTED', version: 1 } });
    expect(second.body).not.toHaveProperty('invoice');
    const orderId = String(second.body['orderId']);
    const history = await pipeline.request<{ data: object[] }>(`/v1/orders/${orderId}/history`, bob);
    const reason = 'the payment already pays another order';
    expect(history.body.data).toEqual([expect.objectContaining({ event: 'rejected', reason })]);
    const [event] = await pipeline.inboxes.accounting.waitForEvents(orderId);
    expect(event).toMatchObject({ type: 'com.example.orders.order.rejected.v1', data: { previousStatus: null } });
    // A repetition is answered like the first request.
    expect((await pipeline.place(bob, again, key)).headers.get('idempotency-replayed')).toBe('true');
    expect(await statusOf(bob, orderId)).toBe('REJECTED');
  });

  it('confirms one of two orders that two workers handle at once', async () => {
    await apps.worker();
    const pairs = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const order = anOrderRequest();
        return Promise.all([pipeline.accepted(ada, order), pipeline.accepted(bob, order)]);
      }),
    );
    for (const [first, second] of pairs) {
      const statuses = [await statusOf(ada, first), await statusOf(bob, second)];
      expect(statuses.toSorted()).toEqual(['CONFIRMED', 'REJECTED']);
    }
  });

  it('goes on after a worker was killed between the claim and the order, and no other order gets the payment', async () => {
    const order = anOrderRequest();
    await pipeline.suspend('worker');
    await apps.stop();
    const orderId = await pipeline.accepted(ada, order);
    await leaveClaim(orderId, order);
    const other = await pipeline.accepted(bob, order);
    await pipeline.resume('worker');
    expect([await statusOf(ada, orderId), await statusOf(bob, other)]).toEqual(['CONFIRMED', 'REJECTED']);
  });

  it('goes on with a claim that a refused order has left', async () => {
    const [first, refused] = [anOrderRequest(), anOrderRequest()];
    const key = randomUUID();
    const { orderId } = (await pipeline.place(ada, first, key, WAIT)).body as unknown as Order;
    await leaveClaim(orderId, refused);
    expect((await pipeline.place(ada, refused, key)).status).toBe(422);
    expect((await pipeline.place(ada, refused, randomUUID(), WAIT)).body).toMatchObject({ status: 'CONFIRMED' });
  });

  it('confirms one of the rows of a batch that have the same payment', async () => {
    const buyer = await pipeline.token(`shop-${randomUUID()}`, 'wholesale');
    const row = JSON.stringify(aWholesaleRequest(100));
    const headers = { 'idempotency-key': randomUUID(), 'content-type': 'application/x-ndjson' };
    const body = `${row}\n${row}\n${row}\n`;
    await pipeline.request('/v1/order-batches', buyer, { method: 'POST', headers, body });
    let statuses: string[] = [];
    while (statuses.length < 3) {
      const list = await pipeline.request<{ data: Order[] }>('/v1/orders', buyer);
      statuses = list.body.data.map(({ status }) => status);
    }
    expect(statuses.toSorted()).toEqual(['CONFIRMED', 'REJECTED', 'REJECTED']);
  });

  describe('npm run reconcile', () => {
    it('finds no differences in what the workers stored, and the sums of npm run report', async () => {
      const { good, lines } = await reconciledWithReports(pipeline.aws);
      expect(lines.join('\n')).toMatch(
        /^reconciled: \d+ orders, \d+ payment claims, 0 differences\nEUR [\d,.]+ invoiced/,
      );
      expect(good).toBe(true);
    });

    it('lists each difference by order, and exits with 1', async () => {
      const lost = anOrderRequest();
      const lostId = aPlaceOrderCommand().orderId;
      await leaveClaim(lostId, lost);
      const command = aPlaceOrderCommand();
      const order = placeOrder(command, shopRules(), command.receivedAt);
      const Item = marshall({ ...order, tax: 1 }, { removeUndefinedValues: true, convertClassInstanceToMap: true });
      await dynamodb.send(new PutItemCommand({ TableName: pipeline.aws.resources.ordersTableName, Item }));
      const { good, lines } = await reconciled(pipeline.aws);
      expect(good).toBe(false);
      expect(lines).toEqual(
        expect.arrayContaining([
          `${order.orderId}  there is no claim on its payment`,
          `${order.orderId}  its total is 3088, the sum of its parts 3089`,
          expect.stringContaining(`${lostId}  it has a claim on a payment, and is not stored`),
          expect.stringMatching(/^reconciled: .* 3 differences$/),
        ]),
      );
    });
  });
}

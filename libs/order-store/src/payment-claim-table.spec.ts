import { randomUUID } from 'node:crypto';
import { OrderIds, paymentClaimOf, placeOrder, type StoredOrder } from '#libs/orders';
import { EmbeddedAws } from '../../../test/harness/embedded-aws.ts';
import { anOrderRequest, aPlaceOrderCommand, shopRules } from '../../orders/src/testing/order-factory.ts';
import { OrderTable } from './order-table.ts';
import { PaymentClaimTable } from './payment-claim-table.ts';
import { TableWrites } from './table-writes.ts';

const placed = (changes: Parameters<typeof aPlaceOrderCommand>[0] = {}) =>
  placeOrder(aPlaceOrderCommand(changes), shopRules(), '2026-01-02T03:04:06.000Z');

/** Different orders with one payment. */
const withOnePayment = (count: number): StoredOrder[] => {
  const request = anOrderRequest();
  return Array.from({ length: count }, () => placed({ request }));
};

describe('PaymentClaimTable', () => {
  let aws: EmbeddedAws;
  let orders: OrderTable;
  let claims: PaymentClaimTable;

  /** The tables as another worker has them. */
  const ofAnotherWorker = () => {
    const client = aws.dynamodbClient();
    const table = new OrderTable(client, aws.resources.ordersTableName);
    return new PaymentClaimTable(client, aws.resources.paymentClaimsTableName, table);
  };

  beforeAll(async () => {
    aws = await EmbeddedAws.start();
    const writes = new TableWrites(aws.dynamodb);
    orders = new OrderTable(aws.dynamodb, aws.resources.ordersTableName, writes);
    claims = new PaymentClaimTable(aws.dynamodb, aws.resources.paymentClaimsTableName, orders, writes);
  });

  afterAll(() => aws.stop());

  it('lets an order claim its payment again, also with an id that another key signed', async () => {
    const order = placed();
    expect(await claims.claim(order)).toBe('OWN');
    expect(await claims.claim(order)).toBe('OWN');
    const orderId = new OrderIds(['another-signing-key-0123456789abcdef']).issue('cust-1', 'k');
    const renamed = { ...order, orderId: OrderIds.keyOf(order.orderId) + orderId.slice(16) };
    expect(await claims.claim(renamed)).toBe('OWN');
    expect(await claims.find(paymentClaimOf(order))).toMatchObject({
      orderId: order.orderId,
      claimedAt: order.placedAt,
    });
  });

  it('is unknown while the order that has the claim is not stored, then taken', async () => {
    const [first, second] = withOnePayment(2) as [StoredOrder, StoredOrder];
    expect(await claims.claim(first)).toBe('OWN');
    expect(await claims.claim(second)).toBe('UNKNOWN');
    await orders.create(first);
    expect(await claims.claim(second)).toBe('TAKEN');
    expect(await claims.claim(first)).toBe('OWN');
  });

  it('gives a payment to one of many orders that several workers claim at once', async () => {
    const workers = [claims, ofAnotherWorker(), ofAnotherWorker()];
    const payments = Array.from({ length: 40 }, () => withOnePayment(6));
    const outcomes = await Promise.all(
      payments.map((some) => Promise.all(some.map((order, n) => workers[n % workers.length]!.claim(order)))),
    );
    for (const some of outcomes) expect(some.filter((outcome) => outcome === 'OWN')).toHaveLength(1);
  });

  it('takes over a claim of an order that was stored with another payment', async () => {
    const orderId = placed().orderId;
    const [left, next] = withOnePayment(2) as [StoredOrder, StoredOrder];
    // Two orders came with one Idempotency-Key. Both have claimed, and the other one was stored.
    expect(await claims.claim({ ...left, orderId, orderKey: OrderIds.keyOf(orderId) })).toBe('OWN');
    await orders.create(placed({ orderId }));
    const others = [next, ...Array.from({ length: 4 }, () => placed({ request: next }))];
    const workers = others.map(ofAnotherWorker);
    const outcomes = await Promise.allSettled(others.map((order, n) => workers[n]!.claim(order)));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value === 'OWN')).toHaveLength(1);
    const claim = await claims.find(paymentClaimOf(next));
    expect(others.map((order) => order.orderId)).toContain(claim?.orderId);
  });

  it('does not care for the case of the provider, and is the same after the reference was erased', () => {
    const payment = { provider: 'stripe', reference: `pi_${randomUUID()}`, amount: 3088 };
    const claimOf = (changes: Partial<typeof payment>) =>
      paymentClaimOf(placed({ request: anOrderRequest({ payment: { ...payment, ...changes } }) }));
    expect(claimOf({ provider: 'Stripe' })).toBe(claimOf({}));
    expect(claimOf({ provider: 'adyen' })).not.toBe(claimOf({}));
    expect(claimOf({ reference: payment.reference.toUpperCase() })).not.toBe(claimOf({}));
    const order = placed();
    const erased = { ...order, payment: { ...order.payment, reference: 'erased' } };
    expect(paymentClaimOf(erased)).toBe(paymentClaimOf(order));
    expect(paymentClaimOf(order)).not.toContain(order.payment.reference);
  });

  it('shares its calls with the orders', async () => {
    const before = aws.callsOf('BatchExecuteStatementCommand');
    const some = Array.from({ length: 50 }, () => placed());
    await Promise.all(some.map(async (order) => (await claims.claim(order)) && orders.create(order)));
    // 100 statements, of which 25 fit into a call; the first call has one.
    expect(aws.callsOf('BatchExecuteStatementCommand') - before).toBeLessThanOrEqual(8);
  });
});

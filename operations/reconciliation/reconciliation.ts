import { marshall } from '@aws-sdk/util-dynamodb';
import { OrderTable, PaymentClaimTable, type StoredClaim } from '#libs/order-store';
import { booksOf, differencesOf, OrderIds, paymentClaimOf, type StoredOrder } from '#libs/orders';
import { ordersTable, paymentClaimsTable } from '#libs/resources';
import type { Environment } from '../environment.ts';
import { persistently, scannedPages } from '../pace.ts';
import { textOf } from '../terminal.ts';
import type { ReconcileArguments } from './arguments.ts';

type Reconciliation = ReturnType<typeof openReconciliation>;
type OnDifference = (orderId: string, difference: string) => void;

export function openReconciliation(environment: Environment, typed: ReconcileArguments) {
  const { dynamodb, nameOf } = environment;
  const orders = new OrderTable(dynamodb, nameOf(ordersTable.name));
  const claims = new PaymentClaimTable(dynamodb, nameOf(paymentClaimsTable.name), orders);
  const result = {
    orders: 0,
    claims: 0,
    differences: 0,
    /** Minor units by currency. */
    books: {} as Record<string, { invoiced: number; credited: number }>,
  };
  return { environment, typed, orders, claims, result };
}

/**
 * Compares each order of the period with its documents, events and claim, then each claim with its order. In memory is a page
 * at a time. An order that arrives meanwhile is stored after its claim, so it is no difference.
 */
export async function reconcile(
  reconciliation: Reconciliation,
  signal: AbortSignal,
  onDifference: OnDifference,
  onPage: () => void,
): Promise<void> {
  const { claims, orders, result } = reconciliation;
  const found: OnDifference = (orderId, difference) => {
    result.differences += 1;
    onDifference(orderId, difference);
  };
  for await (const page of pagesOf<StoredOrder>(reconciliation, ordersTable.name, 'placedAt', signal)) {
    await Promise.all(
      page.map(async (order) => {
        result.orders += 1;
        try {
          const claim = await persistently(() => claims.find(paymentClaimOf(order)));
          differencesOf(order, claim?.orderId).forEach((difference) => found(order.orderId, difference));
          addTo(result.books, order);
        } catch (error) {
          found(order.orderId, `it cannot be compared: ${textOf(error)}`);
        }
      }),
    );
    onPage();
  }
  for await (const page of pagesOf<StoredClaim>(reconciliation, paymentClaimsTable.name, 'claimedAt', signal)) {
    await Promise.all(
      page.map(async ({ orderId }) => {
        result.claims += 1;
        // An order with another payment is no difference: the next order with this payment takes the claim over.
        const order = await persistently(() => orders.find(OrderIds.keyOf(orderId)));
        if (!order)
          found(
            orderId,
            'it has a claim on a payment, and is not stored: see orders-dlq, or its message is on its way',
          );
      }),
    );
    onPage();
  }
}

/** The items whose time is in the period, in pages. */
function pagesOf<Item>(
  { environment, typed: { from, to, readRate } }: Reconciliation,
  table: string,
  time: 'placedAt' | 'claimedAt',
  signal: AbortSignal,
) {
  const filter = {
    FilterExpression: `${time} >= :from AND ${time} < :to`,
    ExpressionAttributeValues: marshall({ ':from': from, ':to': to }),
  };
  return scannedPages<Item>(environment, table, filter, readRate, signal);
}

function addTo(books: Reconciliation['result']['books'], order: StoredOrder): void {
  const { invoiced, credited } = booksOf(order);
  const sums = (books[order.currency] ??= { invoiced: 0, credited: 0 });
  sums.invoiced += invoiced;
  sums.credited += credited;
}

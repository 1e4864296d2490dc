import { OrderTable, PaymentClaimTable } from '#libs/order-store';
import { importOrder, paymentClaimOf, type StoredOrder } from '#libs/orders';
import { ordersTable, paymentClaimsTable } from '#libs/resources';
import type { Environment } from '../environment.ts';
import { paceOf, persistently } from '../pace.ts';
import type { MappedOrder } from './mapping.ts';
import { type Counts, NO_COUNTS, type RunFiles, rejectedOf } from './run-files.ts';
import { mappedOrders, type OrderInput } from './source.ts';

interface CopyOptions {
  files: RunFiles;
  /** Orders written a second. */
  rate: number;
  isPublished: boolean;
  onBatch: (counts: Counts) => void;
}

/**
 * Copies the orders of a source to the table, on the condition that an order is not there or was not changed here. An order
 * that is there with the same content is not written. Stops after a batch when the signal aborts.
 * @returns whether the source was read to its end
 */
export async function copyOrders(
  environment: Environment,
  input: OrderInput,
  { files, rate, isPublished, onBatch }: CopyOptions,
  signal: AbortSignal,
) {
  const store = orderStore(environment, rate, isPublished);
  const counts = files.checkpoint?.counts ?? { ...NO_COUNTS };
  const conflicts: string[] = [];
  for await (const { orders, rows, position } of mappedOrders(input, files.isNew, files.checkpoint?.position)) {
    if (signal.aborted) return { counts, conflicts, isComplete: false };
    const outcomes = await Promise.allSettled(orders.map(({ mapped }) => store(mapped)));
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      counts[outcome.value] += 1;
      if (outcome.value === 'conflicts') conflicts.push(orders[index]!.mapped.number);
    });
    counts.rows += rows;
    counts.orders += orders.length;
    files.reject(orders.filter(({ mapped }) => mapped.problems.length > 0).map(rejectedOf));
    files.save(position, counts);
    onBatch(counts);
  }
  files.finish();
  return { counts, conflicts, isComplete: true };
}

function orderStore({ dynamodb, nameOf }: Environment, rate: number, isPublished: boolean) {
  const orders = new OrderTable(dynamodb, nameOf(ordersTable.name));
  const claims = new PaymentClaimTable(dynamodb, nameOf(paymentClaimsTable.name), orders);
  const pace = paceOf(rate);
  // A pass that is stopped finishes its batch.
  const never = new AbortController().signal;

  return async ({ imported, order, problems }: MappedOrder) => {
    if (problems.length > 0) return 'rejected';
    const existing = await persistently(() => orders.find(order.orderKey));
    if (existing?.fingerprint === order.fingerprint) return 'unchanged';
    if (existing && !isOnlyImported(existing)) return 'conflicts';
    await pace(1, never);
    // The claim comes before the order, as in the worker: after a kill between the two, the next pass finds its own claim.
    if ((await persistently(() => claims.claim(order))) !== 'OWN') {
      const claim = await persistently(() => claims.find(paymentClaimOf(order)));
      problems.push(['payment: another order has claimed it', claim?.orderId]);
      return 'rejected';
    }
    const next = importOrder(imported, (existing?.version ?? 0) + 1, isPublished);
    const isStored = await persistently(async () =>
      existing ? orders.change(existing, next) : (await orders.create(next)).created,
    );
    const outcome = existing ? 'updated' : 'created';
    if (isStored) return outcome;
    // A repeated attempt finds what the first has written.
    const stored = await persistently(() => orders.find(order.orderKey));
    return stored?.fingerprint === order.fingerprint ? outcome : 'conflicts';
  };
}

/** Whether nobody has changed the order here. */
function isOnlyImported({ source, history }: StoredOrder): boolean {
  return source === 'import' && history.every(({ event }) => event === 'imported');
}

import { OrderTable } from '#libs/order-store';
import { importOrder, type StoredOrder } from '#libs/orders';
import { ordersTable } from '#libs/resources';
import type { Environment } from '../environment.ts';
import { paceOf, persistently } from '../pace.ts';
import type { MappedOrder } from './mapping.ts';
import { mappedOrders, type OrderInput } from './mapped-orders.ts';
import { type Counts, type openRunFiles, rejectedOf } from './run-files.ts';

export const NO_COUNTS: Counts = {
  rows: 0,
  orders: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  conflicts: 0,
};

interface CopyOptions {
  files: ReturnType<typeof openRunFiles>;
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
  options: CopyOptions,
  signal: AbortSignal,
) {
  const { files, rate, isPublished, onBatch } = options;
  const table = new OrderTable(environment.dynamodb, environment.nameOf(ordersTable.name));
  const pace = paceOf(rate);
  const counts = files.checkpoint?.counts ?? { ...NO_COUNTS };
  const conflicts: string[] = [];
  files.start();
  for await (const { orders, rows, position } of mappedOrders(input, files.checkpoint?.position)) {
    if (signal.aborted) return { counts, conflicts, isComplete: false };
    const rejected = orders.filter(({ mapped }) => mapped.problems.length > 0);
    const accepted = orders.filter(({ mapped }) => mapped.problems.length === 0);
    const outcomes = await Promise.allSettled(
      accepted.map(({ mapped }) => storeOrder(table, mapped, isPublished, () => pace(1, new AbortController().signal))),
    );
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      counts[outcome.value] += 1;
      if (outcome.value === 'conflicts') conflicts.push(accepted[index]!.mapped.number);
    });
    counts.rows += rows;
    counts.orders += orders.length;
    counts.rejected += rejected.length;
    files.reject(rejected.map((one) => rejectedOf(one.rows, one.mapped)));
    files.save({ position, counts });
    onBatch(counts);
  }
  files.finish();
  return { counts, conflicts, isComplete: true };
}

async function storeOrder(
  table: OrderTable,
  { imported, order }: MappedOrder,
  isPublished: boolean,
  paced: () => Promise<void>,
) {
  const existing = await persistently(() => table.find(order.orderKey));
  if (existing?.fingerprint === order.fingerprint) return 'unchanged';
  await paced();
  if (!existing) {
    const created = await persistently(() => table.create(importOrder(imported, 1, isPublished)));
    if (created.created) return 'created';
    // A repeated attempt finds what the first has written.
    return created.existing.fingerprint === order.fingerprint ? 'created' : 'conflicts';
  }
  if (!isOnlyImported(existing)) return 'conflicts';
  const after = importOrder(imported, existing.version + 1, isPublished);
  if (await persistently(() => table.change(existing, after))) return 'updated';
  const stored = await persistently(() => table.find(order.orderKey));
  return stored?.fingerprint === order.fingerprint ? 'updated' : 'conflicts';
}

/** Whether nobody has changed the order here. */
function isOnlyImported({ source, history }: StoredOrder): boolean {
  return source === 'import' && history.every(({ event }) => event === 'imported');
}

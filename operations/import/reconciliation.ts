import { OrderTable } from '#libs/order-store';
import { importedVersionOf, importHashOf, type StoredOrder } from '#libs/orders';
import { ordersTable } from '#libs/resources';
import type { Environment } from '../environment.ts';
import { persistently, scannedPages } from '../pace.ts';
import { columns, count, saysNowAndThen } from '../terminal.ts';
import { type Counts, NO_COUNTS, openMemory } from './run-files.ts';
import { mappedOrders, type OrderInput } from './source.ts';

const MAX_LISTED = 1_000;

export type Reconciliation = Awaited<ReturnType<typeof reconcile>>;

/** Compares all orders of the source with all imported orders of the table, each as it was imported. */
export async function reconcile(
  environment: Environment,
  input: OrderInput,
  { readRate, onBatch }: { readRate: number; onBatch: (counts: Counts) => void },
  signal: AbortSignal,
) {
  const counts = { ...NO_COUNTS };
  const sayScanned = saysNowAndThen();
  let scanned = 0;
  const sums = new Sums();
  const result = {
    rows: [] as ReturnType<Sums['compared']>,
    /** Orders of the source that cannot be mapped, and differences by order: the first of each. */
    rejected: 0,
    differing: 0,
    missing: [] as string[],
    different: [] as string[],
    extra: [] as string[],
    unreadable: [] as string[],
    isEqual: false,
  };
  const orderTable = new OrderTable(environment.dynamodb, environment.nameOf(ordersTable.name));
  const list = (names: string[], number: string) => {
    result.differing += 1;
    if (names.length < MAX_LISTED) names.push(number);
  };
  const { isNew } = openMemory();
  for await (const { orders, rows } of mappedOrders(input, isNew)) {
    signal.throwIfAborted();
    counts.rows += rows;
    counts.orders += orders.length;
    onBatch(counts);
    const mappable = orders.map(({ mapped }) => mapped).filter(({ problems }) => problems.length === 0);
    counts.rejected += orders.length - mappable.length;
    const stored = await Promise.all(mappable.map(({ order }) => persistently(() => orderTable.find(order.orderKey))));
    for (const [index, { order, number }] of mappable.entries()) {
      sums.add('source', order);
      const found = stored[index];
      const imported = found && importedVersionOf(found);
      if (!imported) list(result.missing, number);
      else if (importHashOf(imported) !== order.fingerprint) list(result.different, number);
    }
  }
  const filter = { FilterExpression: 'attribute_exists(importedNumber)', ConsistentRead: true };
  for await (const page of scannedPages<StoredOrder>(environment, ordersTable.name, filter, readRate, signal)) {
    scanned += page.length;
    sayScanned(() => `  ${count(scanned, 'order')} of the table compared`);
    for (const order of page) {
      const imported = importedVersionOf(order);
      if (imported) sums.add('table', imported);
      else list(result.unreadable, order.importedNumber ?? order.orderId);
      if (imported && isNew(`number ${imported.importedNumber}`)) list(result.extra, imported.importedNumber);
    }
  }
  result.rejected = counts.rejected;
  result.rows = sums.compared();
  result.isEqual = result.rows.every(({ isEqual }) => isEqual) && result.differing + result.rejected === 0;
  return result;
}

const noOrders = () => ({ orders: 0, total: 0n });

/** JSON has no bigint. */
const withText = ({ orders, total }: ReturnType<typeof noOrders>) => ({ orders, total: String(total) });

/** Numbers of orders and their totals on both sides, by month, status and currency. */
class Sums {
  private readonly rows = new Map<string, Record<'source' | 'table', ReturnType<typeof noOrders>>>();

  add(side: 'source' | 'table', { placedAt, status, currency, total }: StoredOrder): void {
    const key = [placedAt.slice(0, 7), status, currency].join(' ');
    const row = this.rows.get(key) ?? { source: noOrders(), table: noOrders() };
    row[side].orders += 1;
    row[side].total += BigInt(total);
    this.rows.set(key, row);
  }

  compared() {
    const rows = [...this.rows].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return rows.map(([key, { source, table }]) => {
      const [month = '', status = '', currency = ''] = key.split(' ');
      const isEqual = source.orders === table.orders && source.total === table.total;
      return { month, status, currency, source: withText(source), table: withText(table), isEqual };
    });
  }
}

/** The reconciliation as a table. */
export function reconciliationText(result: Reconciliation): string {
  const { rows, missing, different, extra, unreadable, rejected, isEqual } = result;
  const head = ['month', 'status', 'currency', 'orders', 'in the table', 'total (minor units)', 'in the table', ''];
  const cells = rows.map(({ month, status, currency, source, table, isEqual: same }) => {
    const orders = [String(source.orders), String(table.orders)];
    return [month, status, currency, ...orders, source.total, table.total, same ? '' : 'DIFFERS'];
  });
  const listed = (what: string, numbers: readonly string[]) =>
    numbers.length > 0 ? [`${what}: ${numbers.slice(0, 10).join(', ')}${numbers.length > 10 ? ' …' : ''}`] : [];
  return [
    ...columns([head, ...cells]),
    ...listed('not in the table', missing),
    ...listed('different in the table', different),
    ...listed('only in the table, or rejected now', extra),
    ...listed('with a history that does not lead to the order', unreadable),
    ...(rejected > 0 ? [`${count(rejected, 'order')} of the source cannot be imported`] : []),
    isEqual ? 'source and table are EQUAL' : 'source and table DIFFER',
  ].join('\n');
}

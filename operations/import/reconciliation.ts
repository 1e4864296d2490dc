import { paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { OrderTable } from '#libs/order-store';
import { importedVersionOf, importHashOf, type StoredOrder } from '#libs/orders';
import { ordersTable } from '#libs/resources';
import type { Environment } from '../environment.ts';
import { paceOf, persistently } from '../pace.ts';
import { columns, count } from '../terminal.ts';
import { mappedOrders, type OrderInput } from './mapped-orders.ts';
import { openMemory } from './run-files.ts';

const MAX_LISTED = 1_000;
const ITEMS_PER_PAGE = 1_000;

/** By month, status and currency. */
type Sums = Map<string, { orders: number; total: bigint }>;

export type Reconciliation = Awaited<ReturnType<typeof reconcile>>;

/** Compares all orders of the source with all imported orders of the table, each as it was imported. */
export async function reconcile(environment: Environment, input: OrderInput, readRate: number, signal: AbortSignal) {
  const [source, table]: [Sums, Sums] = [new Map(), new Map()];
  const result = {
    rows: [] as ReturnType<typeof comparedSums>,
    /** Orders of the source that cannot be mapped, and differences by order: the first of each. */
    rejected: 0,
    differing: 0,
    missing: [] as string[],
    different: [] as string[],
    unreadable: [] as string[],
    isEqual: false,
  };
  const orderTable = new OrderTable(environment.dynamodb, environment.nameOf(ordersTable.name));
  const list = (names: string[], number: string) => {
    result.differing += 1;
    if (names.length < MAX_LISTED) names.push(number);
  };
  for await (const { orders } of mappedOrders(input, openMemory().isNew)) {
    signal.throwIfAborted();
    const mappable = orders.map(({ mapped }) => mapped).filter(({ problems }) => problems.length === 0);
    result.rejected += orders.length - mappable.length;
    const stored = await Promise.all(mappable.map(({ order }) => persistently(() => orderTable.find(order.orderKey))));
    for (const [index, { order, number }] of mappable.entries()) {
      add(source, order);
      const found = stored[index];
      const imported = found && importedVersionOf(found);
      if (!imported) list(result.missing, number);
      else if (importHashOf(imported) !== order.fingerprint) list(result.different, number);
    }
  }
  for await (const order of importedOrders(environment, readRate, signal)) {
    const imported = importedVersionOf(order);
    if (imported) add(table, imported);
    else list(result.unreadable, order.importedNumber ?? order.orderId);
  }
  result.rows = comparedSums(source, table);
  result.isEqual = result.rows.every(({ isEqual }) => isEqual) && result.differing + result.rejected === 0;
  return result;
}

async function* importedOrders({ dynamodb: client, nameOf }: Environment, readRate: number, signal: AbortSignal) {
  const pace = paceOf(readRate);
  const scan = {
    TableName: nameOf(ordersTable.name),
    Limit: ITEMS_PER_PAGE,
    FilterExpression: '#source = :import',
    ExpressionAttributeNames: { '#source': 'source' },
    ExpressionAttributeValues: marshall({ ':import': 'import' }),
    ConsistentRead: true,
    ReturnConsumedCapacity: 'TOTAL' as const,
  };
  for await (const { Items = [], ConsumedCapacity } of paginateScan({ client }, scan)) {
    yield* Items.map((item) => unmarshall(item) as StoredOrder);
    await pace(ConsumedCapacity?.CapacityUnits ?? 0, signal);
  }
}

function add(sums: Sums, { placedAt, status, currency, total }: StoredOrder): void {
  const key = `${placedAt.slice(0, 7)} ${status} ${currency}`;
  const sum = sums.get(key) ?? { orders: 0, total: 0n };
  sums.set(key, { orders: sum.orders + 1, total: sum.total + BigInt(total) });
}

function comparedSums(source: Sums, table: Sums) {
  const textsOf = (sums: Sums, key: string) => {
    const { orders, total } = sums.get(key) ?? { orders: 0, total: 0n };
    return { orders, total: String(total) };
  };
  return [...new Set([...source.keys(), ...table.keys()])].toSorted().map((key) => {
    const [month = '', status = '', currency = ''] = key.split(' ');
    const [one, other] = [textsOf(source, key), textsOf(table, key)];
    const isEqual = one.orders === other.orders && one.total === other.total;
    return { month, status, currency, source: one, table: other, isEqual };
  });
}

/** The reconciliation as a table. */
export function reconciliationText(result: Reconciliation): string {
  const { rows, missing, different, unreadable, rejected, isEqual } = result;
  const head = ['month', 'status', 'currency', 'orders', 'in the table', 'total (minor units)', 'in the table', ''];
  const cells = rows.map(({ month, status, currency, source, table, isEqual: same }) => [
    month,
    status,
    currency,
    String(source.orders),
    String(table.orders),
    source.total,
    table.total,
    same ? '' : 'DIFFERS',
  ]);
  const listed = (what: string, numbers: readonly string[]) =>
    numbers.length > 0 ? [`${what}: ${numbers.slice(0, 10).join(', ')}${numbers.length > 10 ? ' …' : ''}`] : [];
  return [
    ...columns([head, ...cells]),
    ...listed('not in the table', missing),
    ...listed('different in the table', different),
    ...listed('with a history that does not lead to the order', unreadable),
    ...(rejected > 0 ? [`${count(rejected, 'order')} of the source cannot be imported`] : []),
    isEqual ? 'source and table are EQUAL' : 'source and table DIFFER',
  ].join('\n');
}

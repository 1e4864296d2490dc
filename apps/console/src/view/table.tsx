import type { OrderSummary } from '#libs/orders';
import { type Child, Fragment, h } from './html.ts';
import type { Reader } from './reader.ts';

interface TableProps {
  /** The heading above the table. */
  title?: string;
  head: readonly string[];
  rows: readonly (readonly Child[])[];
  /** The columns of numbers. */
  numbers?: readonly number[];
}

/** A table whose columns have names, also where a narrow screen shows each row as a block. Without rows, nothing. */
export function Table({ title, head, rows, numbers = [] }: TableProps) {
  if (rows.length === 0) return <></>;
  const kindOf = (column: number) => numbers.includes(column) && 'number';
  return (
    <>
      {title && <h2>{title}</h2>}
      <table>
        <thead>
          <tr>
            {head.map((name, column) => (
              <th scope="col" class={kindOf(column)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, column) => (
                <td class={kindOf(column)} data-head={head[column]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** The link to the next page of a list. */
export function NextPage({ url, cursor, shown }: { url: string; cursor: string | null | undefined; shown: number }) {
  if (!cursor) return <p class="quiet">{shown === 0 ? 'Nothing here.' : 'End of the list.'}</p>;
  const next = new URL(url, 'http://console.invalid');
  next.searchParams.set('cursor', cursor);
  return (
    <p>
      <a rel="next" href={`${next.pathname}${next.search}`}>
        {shown === 0 ? 'Nothing on this page; the list goes on' : 'Next page'}
      </a>
    </p>
  );
}

/** Names and their values. Without a value, a name is left out. */
export function Facts({ facts }: { facts: Readonly<Record<string, Child>> }) {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return (
    <dl>
      {known.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

const GOOD = ['CONFIRMED', 'SHIPPED', 'DELIVERED', 'APPROVED', 'CLOSED', 'up', 'DONE'];
const BAD = ['REJECTED', 'CANCELLED', 'DECLINED', 'down', 'FAILED', 'SOMETHING_STAYED'];

export function Badge({ status }: { status: string }) {
  const kind = GOOD.includes(status) ? 'good' : BAD.includes(status) ? 'bad' : 'open';
  return <span class={`badge ${kind}`}>{wordsOf(status)}</span>;
}

/** `AWAITING_APPROVAL` and `awaitingApproval` as `Awaiting approval`. */
export function wordsOf(name: string): string {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function OrderLink({ orderId }: { orderId: string }) {
  return (
    <a href={`/orders/${orderId}`}>
      <code class="id">{orderId}</code>
    </a>
  );
}

/** The columns of an order in every list. */
export const ORDER_HEAD = ['Order', 'Status', 'Customer', 'Purchase order', 'Total', 'Placed'];

export function orderCells(order: OrderSummary, reader: Reader): Child[] {
  const { orderId, status, customerId = '', purchaseOrderNumber = '', total, currency, placedAt } = order;
  return [
    <OrderLink orderId={orderId} />,
    <Badge status={status} />,
    customerId,
    purchaseOrderNumber,
    reader.money(total, currency),
    reader.time(placedAt),
  ];
}

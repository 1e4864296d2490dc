import type { OrderSummary } from '#libs/orders';
import { type Child, Fragment, h } from './html.ts';
import type { Reader } from './reader.ts';

/** A table whose columns have names, also where a narrow screen shows each row as a block. */
export function Table({
  head,
  rows,
  numbers = [],
}: {
  head: readonly Child[];
  rows: readonly Child[][];
  numbers?: number[];
}) {
  return (
    <table>
      <thead>
        <tr>
          {head.map((name, column) => (
            <th scope="col" class={numbers.includes(column) && 'number'}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {row.map((cell, column) => (
              <td
                class={numbers.includes(column) && 'number'}
                data-head={typeof head[column] === 'string' && head[column]}
              >
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const GOOD = ['CONFIRMED', 'SHIPPED', 'DELIVERED', 'APPROVED', 'CLOSED', 'up', 'DONE'];
const BAD = ['REJECTED', 'CANCELLED', 'DECLINED', 'down', 'FAILED', 'SOMETHING_STAYED'];

export function Badge({ status }: { status: string }) {
  const kind = GOOD.includes(status) ? 'good' : BAD.includes(status) ? 'bad' : 'open';
  return <span class={`badge ${kind}`}>{wordsOf(status)}</span>;
}

/** `AWAITING_APPROVAL` as `Awaiting approval`. */
export function wordsOf(name: string): string {
  const words = name.replaceAll('_', ' ').toLowerCase();
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
    <>{reader.time(placedAt)}</>,
  ];
}

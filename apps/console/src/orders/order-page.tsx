import type { HistoryEntry, StoredOrder } from '#libs/orders';
import { traceIdOf } from '#libs/service';
import type { DeadLetterMessage } from '../../../../operations/dead-letters/dead-letter-message.ts';
import type { Session } from '../session/sessions.ts';
import { Fragment, h } from '../view/html.ts';
import type { Reader } from '../view/reader.ts';
import { Badge, Table, wordsOf } from '../view/table.tsx';
import { COMMAND_VIEWS, isDangerous, possibleCommands } from './commands.tsx';

export interface FoundLetter extends DeadLetterMessage {
  queue: string;
}

interface OrderView {
  order: StoredOrder;
  session: Session;
  reader: Reader;
  /** The messages of the order in dead-letter queues; undefined while they are read. */
  deadLetters: readonly FoundLetter[] | undefined;
  logs: readonly string[];
}

export function OrderPage(view: OrderView) {
  const { order, reader, session } = view;
  const { orderId, status, channel, total, currency, customerId, purchaseOrderNumber, payment, shippingAddress } =
    order;
  const commands = possibleCommands(order, session);
  return (
    <>
      <h1>
        Order <code class="id">{orderId}</code> <Badge status={status} />
      </h1>
      <p class="lead">
        {reader.money(total, currency)} · {wordsOf(channel)} · placed {reader.time(order.placedAt)} by{' '}
        <a href={`/orders?kind=customerId&text=${encodeURIComponent(customerId)}`}>{customerId}</a>
        {purchaseOrderNumber && <> · purchase order {purchaseOrderNumber}</>}
      </p>
      <div class="actions">
        {commands.map(({ name, part }, position) => (
          <a
            class={`button ${isDangerous(name) ? 'danger' : position === 0 ? 'primary' : ''}`}
            href={`/orders/${orderId}/commands/${name}${part ? `?part=${part}` : ''}`}
          >
            {COMMAND_VIEWS[name].label}
            {part && ` ${part}`}
          </a>
        ))}
        {commands.length === 0 && <span class="quiet">Your roles allow no command for this order as it is.</span>}
      </div>
      <div class="columns">
        <section>
          <h2>Where is it?</h2>
          <Stations {...view} />
        </section>
        <section>
          <h2>Goods</h2>
          <Goods order={order} reader={reader} />
          <p>
            To{' '}
            {[shippingAddress.name, shippingAddress.line1, shippingAddress.postalCode, shippingAddress.city].join(', ')}
            , {shippingAddress.country}. Paid with {payment.provider}, reference {payment.reference}.
          </p>
          <Documents order={order} reader={reader} />
        </section>
      </div>
      <Parts order={order} reader={reader} />
      <h2>History</h2>
      <Table
        head={['Version', 'What', 'When', 'Who', 'Reason']}
        rows={order.history.map((entry) => [
          entry.version,
          `${wordsOf(entry.event)}${partText(entry)}`,
          reader.time(entry.at),
          entry.by,
          entry.reason ?? '',
        ])}
      />
      <h2>For support</h2>
      <p>
        Trace of the last change: <code>{traceIdOf(order.history.at(-1)?.traceparent) ?? 'none'}</code>. Its log:
      </p>
      <pre tabindex="0">{view.logs.join('\n')}</pre>
      <p>
        A service missed its events? <a href={`/orders/${orderId}/replay`}>Publish them again</a>
      </p>
    </>
  );
}

function partText({ shipmentId, returnId }: HistoryEntry): string {
  return shipmentId ? `, shipment ${shipmentId}` : returnId ? `, return ${returnId}` : '';
}

/** Each station of the order's path with its time, and how long it took until then. */
function Stations({ order, reader, deadLetters }: OrderView) {
  const { placedAt, history } = order;
  const steps = history.map(({ event, at }, position) => {
    const before = position === 0 ? placedAt : history[position - 1]!.at;
    const what = position === 0 ? 'Orders queue and worker: ' : '';
    return { what: `${what}${wordsOf(event)}`, at, took: Math.max(0, Date.parse(at) - Date.parse(before)) };
  });
  const refresh = !deadLetters && {
    'hx-get': `/orders/${order.orderId}`,
    'hx-trigger': 'every 2s',
    'hx-select': '#stations',
    'hx-swap': 'outerHTML',
  };
  return (
    <ol id="stations" class="stations" {...refresh}>
      <li>
        <strong>Api: received</strong>
        <time datetime={placedAt}>{reader.time(placedAt)}</time>
      </li>
      {steps.map(({ what, at, took }) => (
        <li>
          <strong>{what}</strong>
          <time datetime={at}>{reader.time(at)}</time> <span class="quiet">after {reader.duration(took)}</span>
        </li>
      ))}
      {deadLetters?.map(({ queue, code, messageId }) => (
        <li class="held">
          <strong>A message of it is a dead letter</strong>
          <a href={`/dead-letters/${queue}/messages/${messageId}`}>
            {queue}: {code}
          </a>
        </li>
      ))}
      {!deadLetters && <li class="quiet">The dead-letter queues are being read …</li>}
      <li class={deadLetters?.length ? '' : 'now'}>
        <strong>Now: {wordsOf(order.status)}</strong>
        <span class="quiet">for {reader.age(order.updatedAt)}</span>
      </li>
    </ol>
  );
}

function Goods({ order, reader }: Pick<OrderView, 'order' | 'reader'>) {
  const money = (amount: number) => reader.money(amount, order.currency);
  const { discount, shipping, tax, total } = order;
  return (
    <Table
      head={['Article', 'Quantity', 'Price', 'Sum']}
      numbers={[1, 2, 3]}
      rows={[
        ...order.lineItems.map(({ sku, name, quantity, unitPrice }) => [
          <>
            {name} <span class="quiet">{sku}</span>
          </>,
          reader.number(quantity),
          money(unitPrice),
          money(quantity * unitPrice),
        ]),
        ['Discount, shipping, tax', '', '', `−${money(discount)} + ${money(shipping)} + ${money(tax)}`],
        [<strong>Total</strong>, '', '', <strong>{money(total)}</strong>],
      ]}
    />
  );
}

function Documents({ order, reader }: Pick<OrderView, 'order' | 'reader'>) {
  const { orderId, invoice, creditNotes, currency } = order;
  if (!invoice) return <p class="quiet">No documents yet.</p>;
  return (
    <ul>
      <li>
        <a href={`/orders/${orderId}/documents/invoice`}>Invoice {invoice.invoiceNumber} (PDF)</a>
      </li>
      {creditNotes.map(({ creditNoteNumber, total }, position) => (
        <li>
          <a href={`/orders/${orderId}/documents/credit-notes/${position + 1}`}>Credit note {creditNoteNumber} (PDF)</a>{' '}
          of {reader.money(total, currency)}
        </li>
      ))}
    </ul>
  );
}

function Parts({ order: { shipments, returns, lineItems }, reader }: Pick<OrderView, 'order' | 'reader'>) {
  const names = new Map(lineItems.map(({ lineNumber, name }) => [lineNumber, name]));
  const goods = (items: readonly { lineNumber: number; quantity: number }[]) =>
    items.map(({ lineNumber, quantity }) => `${quantity} × ${names.get(lineNumber)}`).join(', ');
  return (
    <>
      {shipments.length > 0 && <h2>Shipments</h2>}
      {shipments.length > 0 && (
        <Table
          head={['Shipment', 'Carrier', 'Goods', 'Shipped', 'Delivered']}
          rows={shipments.map((one) => [
            one.shipmentId,
            `${one.carrier} ${one.trackingNumber}`,
            goods(one.items),
            reader.time(one.shippedAt),
            one.deliveredAt ? reader.time(one.deliveredAt) : 'on its way',
          ])}
        />
      )}
      {returns.length > 0 && <h2>Returns</h2>}
      {returns.length > 0 && (
        <Table
          head={['Return', 'Status', 'Goods', 'Reason', 'Requested']}
          rows={returns.map((one) => [
            one.returnId,
            <Badge status={one.status} />,
            goods(one.items),
            one.reason,
            reader.time(one.requestedAt),
          ])}
        />
      )}
    </>
  );
}

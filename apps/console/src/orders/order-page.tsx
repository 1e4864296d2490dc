import type { HistoryEntry } from '#libs/orders';
import { traceIdOf } from '#libs/service';
import type { Session } from '../session/sessions.ts';
import { LinkButton } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import { Badge, Facts, Table, wordsOf } from '../view/table.tsx';
import { COMMAND_VIEWS, isNegative, possibleCommands } from './commands.tsx';
import { Stations, type StationsView } from './stations.tsx';

interface OrderView extends StationsView {
  session: Session;
  logs: readonly string[];
}

export function OrderPage(view: OrderView) {
  const { order, reader, session } = view;
  const { orderId, customerId, shippingAddress, payment } = order;
  const { name, line1, postalCode, city, country } = shippingAddress;
  return (
    <>
      <h1>
        Order <code class="id">{orderId}</code> <Badge status={order.status} />
      </h1>
      <p class="lead">
        {reader.money(order.total, order.currency)} · {wordsOf(order.channel)} · placed {reader.time(order.placedAt)} by{' '}
        <a href={`/orders?kind=customerId&text=${encodeURIComponent(customerId)}`}>{customerId}</a>
        {order.purchaseOrderNumber && ` · purchase order ${order.purchaseOrderNumber}`}
        {order.importedNumber && ` · ${order.importedNumber} in the old shop`}
      </p>
      <Commands order={order} session={session} />
      <div class="columns">
        <section>
          <h2>Where is it?</h2>
          <Stations {...view} />
        </section>
        <section>
          <h2>Goods</h2>
          <Goods order={order} reader={reader} />
          <Facts
            facts={{
              To: [name, line1, `${postalCode ?? ''} ${city}`, country].join(', '),
              Paid: `with ${payment.provider}, reference ${payment.reference}`,
              Documents: <Documents order={order} reader={reader} />,
            }}
          />
        </section>
      </div>
      <Parts order={order} reader={reader} />
      <Table
        title="History"
        head={['Version', 'What', 'When', 'Who', 'Reason']}
        rows={order.history.map((entry) => [
          entry.version,
          `${wordsOf(entry.event)}${partText(entry)}`,
          reader.time(entry.at),
          entry.by,
          entry.reason,
        ])}
      />
      <h2>For support</h2>
      <p>
        Trace of the last change: <code>{traceIdOf(order.history.at(-1)?.traceparent) ?? 'none'}</code>. Its log:
      </p>
      <pre tabindex="0">{view.logs.join('\n')}</pre>
      {session.roles.includes('operator') && (
        <p>
          A service missed its events? <a href={`/orders/${orderId}/replay`}>Publish them again</a>
        </p>
      )}
    </>
  );
}

function Commands({ order, session }: Pick<OrderView, 'order' | 'session'>) {
  const commands = possibleCommands(order, session);
  return (
    <div class="actions">
      {commands.map(({ name, part }, position) => (
        <LinkButton
          kind={isNegative(name) ? 'danger' : position === 0 && 'primary'}
          href={`/orders/${order.orderId}/commands/${name}${part ? `?part=${part}` : ''}`}
        >
          {COMMAND_VIEWS[name].label} {part}
        </LinkButton>
      ))}
      {commands.length === 0 && <span class="quiet">Your roles allow no command for this order as it is.</span>}
    </div>
  );
}

function partText({ shipmentId, returnId }: HistoryEntry): string {
  return shipmentId ? `, shipment ${shipmentId}` : returnId ? `, return ${returnId}` : '';
}

function Goods({ order, reader }: Pick<OrderView, 'order' | 'reader'>) {
  const money = (amount: number) => reader.money(amount, order.currency);
  const { discount, shipping, tax, total } = order;
  const others = Object.entries({ Discount: -discount, Shipping: shipping, Tax: tax }).filter(([, sum]) => sum !== 0);
  return (
    <Table
      head={['Article', 'Quantity', 'Price', 'Sum']}
      numbers={[1, 2, 3]}
      rows={[
        ...order.lineItems.map(({ sku, name, quantity, unitPrice }) => [
          [name, ' ', <span class="quiet">{sku}</span>],
          reader.number(quantity),
          money(unitPrice),
          money(quantity * unitPrice),
        ]),
        ...others.map(([name, sum]) => [name, '', '', money(sum)]),
        [<strong>Total</strong>, '', '', <strong>{money(total)}</strong>],
      ]}
    />
  );
}

function Documents({ order, reader }: Pick<OrderView, 'order' | 'reader'>) {
  const { orderId, invoice, creditNotes, currency } = order;
  if (!invoice) return <>none yet</>;
  return (
    <>
      <a href={`/orders/${orderId}/documents/invoice`}>Invoice {invoice.invoiceNumber} (PDF)</a>
      {creditNotes.map(({ creditNoteNumber, total }, position) => (
        <>
          <br />
          <a href={`/orders/${orderId}/documents/credit-notes/${position + 1}`}>
            Credit note {creditNoteNumber} (PDF)
          </a>{' '}
          of {reader.money(total, currency)}
        </>
      ))}
    </>
  );
}

function Parts({ order: { shipments, returns, lineItems }, reader }: Pick<OrderView, 'order' | 'reader'>) {
  const names = new Map(lineItems.map(({ lineNumber, name }) => [lineNumber, name]));
  const goods = (items: readonly { lineNumber: number; quantity: number }[]) =>
    items.map(({ lineNumber, quantity }) => `${quantity} × ${names.get(lineNumber)}`).join(', ');
  return (
    <>
      <Table
        title="Shipments"
        head={['Shipment', 'Carrier', 'Goods', 'Shipped', 'Delivered']}
        rows={shipments.map((one) => [
          one.shipmentId,
          `${one.carrier} ${one.trackingNumber}`,
          goods(one.items),
          reader.time(one.shippedAt),
          one.deliveredAt ? reader.time(one.deliveredAt) : 'on its way',
        ])}
      />
      <Table
        title="Returns"
        head={['Return', 'Status', 'Goods', 'Reason', 'Requested']}
        rows={returns.map((one) => [
          one.returnId,
          <Badge status={one.status} />,
          goods(one.items),
          one.reason,
          reader.time(one.requestedAt),
        ])}
      />
    </>
  );
}

import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Inject, NotFoundException, Param, Post, Query, UseGuards } from '@nestjs/common';
import { isOrderId, isWorkList, OrderIds, ORDER_STATUSES, type StoredOrder } from '#libs/orders';
import { traceIdOf } from '#libs/service';
import { logCommands } from '../../../../operations/dead-letters/queue-reading.ts';
import { UsageError } from '../../../../operations/environment.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import { ShownError, SignedOutError } from '../http/shown-error.ts';
import { Operations } from '../operations.ts';
import { PIPELINE, type PipelineSource } from '../pipeline/station.ts';
import { CurrentVisit, StaffGuard, type Visit } from '../session/visit.ts';
import { Field, Form, Select } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import { page } from '../view/page.tsx';
import { Badge, NextPage, ORDER_HEAD, orderCells, OrderLink, Table, wordsOf } from '../view/table.tsx';
import {
  bodyOf,
  COMMAND_VIEWS,
  CommandFields,
  isConsoleCommand,
  isNegative,
  moneyPreview,
  partOf,
} from './commands.tsx';
import { OrderPage } from './order-page.tsx';
import { OrdersApi, type OrderPage as Found } from './orders-api.ts';

/** The numbers by which an order is found, and what people call them. */
const KINDS = {
  invoiceNumber: 'invoice number',
  purchaseOrderNumber: 'purchase order number',
  paymentReference: 'payment reference',
  importedNumber: 'number in the old shop',
  customerId: 'customer',
} as const;
type Kind = keyof typeof KINDS;
type Typed = Readonly<Record<string, string>>;
/** A version; a shipment or a return of an order, which have numbers. */
const NUMBER = /^[1-9]\d{0,8}$/;

@Controller('orders')
@UseGuards(StaffGuard)
export class OrdersController {
  constructor(
    private readonly api: OrdersApi,
    private readonly operations: Operations,
    private readonly deadLetters: DeadLetters,
    @Inject(PIPELINE) private readonly pipelineSource: PipelineSource,
  ) {}

  @Get()
  async find(@CurrentVisit() visit: Visit, @Query() typed: Typed) {
    const text = typed['text']?.trim() ?? '';
    if (isOrderId(text)) return void visit.reply.redirect(`/orders/${text}`, 303);
    return page(
      visit,
      'Orders',
      <>
        <h1>Orders</h1>
        <SearchForm typed={typed} />
        {await this.results(visit, typed, text).catch(refusalNotice)}
      </>,
    );
  }

  @Get(':orderId')
  async show(@CurrentVisit() visit: Visit, @Param('orderId') orderId: string) {
    const order = await this.order(visit, orderId);
    const deadLetters = await this.deadLetters.ofOrder(OrderIds.keyOf(orderId));
    const traceId = traceIdOf(order.history.at(-1)?.traceparent);
    const logs = logCommands(this.operations.environment, { traceId, orderId });
    // Without CloudWatch, the page has less to show.
    const pipeline = await Promise.resolve(this.pipelineSource.state()).catch(() => undefined);
    const { session, reader } = visit;
    return page(visit, `Order ${orderId}`, <OrderPage {...{ order, session, reader, deadLetters, pipeline, logs }} />);
  }

  @Get(':orderId/documents/*')
  async document(
    @CurrentVisit() { session, reply }: Visit,
    @Param('orderId') orderId: string,
    @Param('*') name: string,
  ) {
    if (!isOrderId(orderId) || !/^(invoice|credit-notes\/\d+)$/.test(name)) throw new NotFoundException();
    const pdf = await this.api.pdf(session.token, `/v1/orders/${orderId}/${name}`);
    const file = `${orderId}-${name.replace('/', '-')}.pdf`;
    void reply.type('application/pdf').header('content-disposition', `inline; filename="${file}"`);
    // The viewer of a browser has its own styles and scripts.
    void reply.removeHeader('content-security-policy');
    return pdf;
  }

  @Get(':orderId/commands/:name')
  async command(@CurrentVisit() visit: Visit, @Param() params: Typed, @Query('part') part: string | undefined) {
    const { orderId = '', name } = params;
    if (!isConsoleCommand(name)) throw new NotFoundException();
    const order = await this.order(visit, orderId);
    const { label } = COMMAND_VIEWS[name];
    return page(
      visit,
      `${label}: order ${orderId}`,
      <div class="panel">
        <h1>
          {label} {part} <Badge status={order.status} />
        </h1>
        <p class="lead">
          Order <OrderLink orderId={orderId} /> of {order.customerId}, version {order.version}
        </p>
        {moneyPreview(order, visit.session, name, part, visit.reader)}
        <Form
          action={`/orders/${orderId}/commands/${name}`}
          hidden={{ version: order.version, key: randomUUID(), part }}
          submit={label}
          isDangerous={isNegative(name)}
          back={`/orders/${orderId}`}
        >
          <CommandFields name={name} order={order} />
        </Form>
      </div>,
    );
  }

  @Post(':orderId/commands/:name')
  async send(@CurrentVisit() visit: Visit, @Param() params: Typed, @Body() typed: Typed) {
    const { orderId = '', name } = params;
    if (!isConsoleCommand(name) || !isOrderId(orderId)) throw new NotFoundException();
    const { version = '', key = '', part = '' } = typed;
    if (!NUMBER.test(version) || (COMMAND_VIEWS[name].part ? !NUMBER.test(part) : part !== ''))
      throw new UsageError('this form is not complete: open the order again');
    const ids = { orderId, ...partOf(name, part) };
    const command = { name, key, ...ids, ifVersion: Number(version), body: bodyOf(name, typed) };
    const { session, reply } = visit;
    await this.operations.logged(
      session,
      name,
      { ...ids, version: Number(version) },
      typed['reason']?.trim(),
      () => this.api.send(session.token, command),
      (order) => (order ? 'DONE' : 'ACCEPTED'),
    );
    void reply.redirect(`/orders/${orderId}`, 303);
  }

  /** @throws ShownError when the api does not show the order to this person, or it is not decided yet */
  private async order({ session }: Visit, orderId: string): Promise<StoredOrder> {
    if (!isOrderId(orderId)) throw new NotFoundException();
    const order = (await this.api.order(session.token, orderId)) && (await this.operations.order(orderId));
    if (order) return order;
    throw new ShownError(
      202,
      `Order ${orderId}`,
      'The api has accepted this order, the worker has not decided it yet.',
    );
  }

  private async results(visit: Visit, typed: Typed, text: string) {
    const { status = '' } = typed;
    if (text === '' && status === '')
      return <p class="quiet">Type a number or a customer, or choose a status. Dates and a status narrow the list.</p>;
    const { found, kind } = await this.found(visit.session.token, typed, text);
    return (
      <>
        <p class="quiet">
          {kind ? `Found by ${KINDS[kind]}.` : 'Longest unchanged first; dates are those of the last change.'}
        </p>
        <Table
          head={ORDER_HEAD}
          numbers={[4]}
          rows={found.data.map((order) =>
            orderCells({ ...(kind === 'customerId' && { customerId: text }), ...order }, visit.reader),
          )}
        />
        <NextPage
          url={`/orders?${new URLSearchParams({ ...typed, kind: kind ?? '' }).toString()}`}
          cursor={found.nextCursor}
          shown={found.data.length}
        />
      </>
    );
  }

  /** Without a kind, the first kind of number that has an order. */
  private async found(token: string, typed: Typed, text: string): Promise<{ found: Found; kind?: Kind }> {
    const { kind = '', status, from, to, cursor } = typed;
    if (text === '') return { found: await this.api.list(token, { status, from, to, cursor }) };
    const kinds = (Object.keys(KINDS) as Kind[]).filter((one) => one === kind || !Object.hasOwn(KINDS, kind));
    const pages = await Promise.all(
      kinds.map((one) =>
        this.api.list(token, { [one]: text, cursor, ...(one === 'customerId' && { status, from, to }) }),
      ),
    );
    const position = pages.findIndex(({ data, nextCursor }) => data.length > 0 || nextCursor !== null);
    return { found: pages.at(position)!, kind: kinds.at(position)! };
  }
}

/** The form above it keeps what was typed. */
function refusalNotice(error: unknown) {
  if (!(error instanceof ShownError) || error instanceof SignedOutError) throw error;
  return (
    <p class="notice bad">
      {error.title}: {error.message}
    </p>
  );
}

function SearchForm({ typed }: { typed: Typed }) {
  const statuses = ORDER_STATUSES.map((status) => [
    status,
    isWorkList(status) ? wordsOf(status) : `${wordsOf(status)} (of a customer)`,
  ]);
  return (
    <form class="search" role="search">
      <Field label="Order id, number or customer" name="text" type="search" value={typed['text'] ?? ''} />
      <Select label="What it is" name="kind" options={{ '': 'anything', ...KINDS }} chosen={typed['kind']} />
      <Select
        label="Status"
        name="status"
        options={{ '': 'any', ...Object.fromEntries(statuses) }}
        chosen={typed['status']}
      />
      <Field label="From" name="from" type="date" value={typed['from'] ?? ''} />
      <Field label="Before" name="to" type="date" value={typed['to'] ?? ''} />
      <button class="primary">Find</button>
    </form>
  );
}

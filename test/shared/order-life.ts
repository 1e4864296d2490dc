import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderPage } from '#libs/order-store';
import type { Order } from '#libs/orders';
import { aChange } from '../../libs/orders/src/testing/change-factory.ts';
import { eventChecker } from '../../libs/orders/src/testing/event-checker.ts';
import { anOrderRequest, aWholesaleRequest, orderIds } from '../../libs/orders/src/testing/order-factory.ts';
import { type Pipeline, SERVICES } from '../harness/pipeline.ts';
import { APPROVAL_LIMIT } from './settings.ts';

const one = { lineNumber: 1, quantity: 1 };
const parcel = { carrier: 'DHL', trackingNumber: 'JD0146', items: [one] };
const WAIT = { prefer: 'wait=10' };

interface CommandBody {
  commandId: string;
  status: string;
  links: { self: string; order: string };
  [field: string]: unknown;
}

export function orderLifeTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let customer: string;
  let buyer: string;
  let operator: string;
  let fulfillment: string;
  let accounting: string;

  beforeAll(async () => {
    pipeline = running();
    customer = await pipeline.token('cust-1');
    buyer = await pipeline.token('shop-1', 'wholesale');
    operator = await pipeline.token('op-1', 'operator');
    fulfillment = await pipeline.token('warehouse', 'fulfillment');
    accounting = await pipeline.token('books', 'accounting');
  });

  /** Places an order, and waits until it is decided. */
  async function placed(token: string, request: object = anOrderRequest()): Promise<Order> {
    const answer = await pipeline.place(token, request, randomUUID(), WAIT);
    expect(answer.status).toBe(201);
    return answer.body as unknown as Order;
  }

  async function inFulfillment(): Promise<Order> {
    const { orderId } = await placed(customer);
    return pipeline.changed(fulfillment, orderId, 'fulfillment');
  }

  const command = (token: string, path: string) => pipeline.request<CommandBody>(path, token);

  /** Reads a command until it is decided. */
  async function decidedCommand(token: string, path: string): Promise<CommandBody> {
    for (;;) {
      const { body } = await command(token, path);
      if (body.status !== 'PENDING') return body;
    }
  }

  it('goes from the order to the credit note, and every service receives each event', async () => {
    const { orderId } = await inFulfillment();
    expect((await pipeline.changed(fulfillment, orderId, 'shipments', parcel)).status).toBe('PARTIALLY_SHIPPED');
    expect((await pipeline.changed(fulfillment, orderId, 'shipments/1/delivery')).status).toBe('PARTIALLY_SHIPPED');
    expect((await pipeline.changed(fulfillment, orderId, 'shipments', parcel)).status).toBe('SHIPPED');
    expect((await pipeline.changed(fulfillment, orderId, 'shipments/2/delivery')).status).toBe('DELIVERED');
    await pipeline.changed(customer, orderId, 'returns', { items: [one], reason: 'leaks' });
    await pipeline.changed(operator, orderId, 'returns/1/approval');
    expect((await pipeline.changed(fulfillment, orderId, 'returns/1/receipt')).returnStatus).toBe('PARTIAL');
    const closed = await pipeline.changed(accounting, orderId, 'returns/1/closure');
    expect(closed).toMatchObject({ version: 10, status: 'DELIVERED', creditNotes: [{ returnId: '1', total: 1299 }] });

    const names = 'confirmed fulfillment_started partially_shipped shipment_delivered shipped delivered'
      .concat(' return_requested return_approved return_received return_closed')
      .split(' ');
    const checker = eventChecker();
    for (const service of SERVICES) {
      const events = await pipeline.inboxes[service].waitForEvents(orderId, names.length);
      expect(events.map(({ type }) => type.split('.').at(-2))).toEqual(names);
      expect(events.flatMap((event) => checker.errorsOf(event))).toEqual([]);
    }
    const { body } = await pipeline.request<{ data: { event: string; by: string; reason?: string }[] }>(
      `/v1/orders/${orderId}/history`,
      customer,
    );
    expect(body.data.map(({ event }) => event)).toEqual(names);
    expect(body.data[6]).toMatchObject({ by: 'cust-1', reason: 'leaks' });
    expect(body.data[7]).toMatchObject({ by: 'staff' });
    const seenByStaff = await pipeline.request<{ data: { by: string }[] }>(`/v1/orders/${orderId}/history`, accounting);
    expect(seenByStaff.body.data[7]).toMatchObject({ by: 'op-1' });
  });

  it('goes on with what was shipped when an operator cancels the rest, which is credited', async () => {
    const { orderId } = await placed(customer);
    await pipeline.changed(fulfillment, orderId, 'fulfillment');
    const parcel = { carrier: 'DHL', trackingNumber: 'JD0146', items: [{ lineNumber: 1, quantity: 1 }] };
    await pipeline.changed(fulfillment, orderId, 'shipments', parcel);
    expect((await pipeline.change(customer, orderId, 'cancellation', {}, { prefer: 'wait=10' })).status).toBe(409);
    const rest = await pipeline.changed(operator, orderId, 'cancellation', { reason: 'sold out' });
    expect(rest).toMatchObject({ status: 'SHIPPED', cancelledItems: [{ lineNumber: 1, quantity: 1 }] });
    const note = await pipeline.request(`/v1/orders/${orderId}/credit-notes/1`, customer);
    expect(note.body).toMatchObject({ goods: 1299, shipping: 0, total: 1299, lines: [{ quantity: 1 }] });
    expect((await pipeline.changed(fulfillment, orderId, 'shipments/1/delivery')).status).toBe('DELIVERED');
    const events = await pipeline.inboxes.inventory.waitForEvents(orderId, 5);
    expect(events[3]).toMatchObject({ type: 'com.example.orders.order.rest_cancelled.v1' });
  });

  it('has an invoice that never changes and a credit note for returned items, as JSON and as PDF', async () => {
    const { orderId } = await inFulfillment();
    const document = (path: string, accept = 'application/json') =>
      pipeline.request(`/v1/orders/${orderId}/${path}`, customer, { headers: { accept } });
    const invoice = await document('invoice');
    expect(invoice.body).toMatchObject({ documentType: 'INVOICE', number: `INV-${orderId}`, total: 3088, net: 3088 });
    const pdf = await document('invoice', 'application/pdf');
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect(pdf.body).toMatch(/^%PDF-1\.\d/);
    await pipeline.changed(fulfillment, orderId, 'shipments', { ...parcel, items: [{ lineNumber: 1, quantity: 2 }] });
    await pipeline.changed(customer, orderId, 'returns', { items: [one], reason: 'leaks' });
    for (const [step, token] of [
      ['approval', operator],
      ['receipt', fulfillment],
      ['closure', accounting],
    ] as const) {
      await pipeline.changed(token, orderId, `returns/1/${step}`);
    }
    expect((await document('invoice')).body).toEqual(invoice.body);
    expect((await document('invoice', 'application/pdf')).body).toBe(pdf.body);
    const creditNote = { documentType: 'CREDIT_NOTE', invoiceNumber: `INV-${orderId}`, total: 1299, reason: 'leaks' };
    expect((await document('credit-notes/1')).body).toMatchObject(creditNote);
    expect((await document('credit-notes/1', 'application/pdf')).status).toBe(200);
    expect((await document('credit-notes/2')).status).toBe(404);
    expect((await document('invoice', 'text/html')).status).toBe(406);
  });

  it('logs the characters that its PDF cannot show', async () => {
    const lineItems = [{ ...anOrderRequest().lineItems[0]!, name: 'Cleaner 洗剤' }];
    const { orderId } = await placed(customer, anOrderRequest({ lineItems }));
    const headers = { accept: 'application/pdf' };
    expect((await pipeline.request(`/v1/orders/${orderId}/invoice`, customer, { headers })).status).toBe(200);
    const { codePoints, document } = await pipeline.logs.find('the missing characters', (line) => {
      return line.event === 'characters_not_printed' && line['orderId'] === orderId;
    });
    expect({ codePoints, document }).toEqual({ codePoints: 'U+6D17, U+5264', document: `INV-${orderId}` });
  });

  it('answers 304 to a client that has the invoice, in each of its formats', async () => {
    const { orderId } = await placed(customer);
    const invoice = (accept: string, more = {}) =>
      pipeline.request(`/v1/orders/${orderId}/invoice`, customer, { headers: { accept, ...more } });
    for (const accept of ['application/json', 'application/pdf']) {
      const { headers } = await invoice(accept);
      const etag = headers.get('etag')!;
      expect(etag).toMatch(/^"INV-.+"$/);
      const known = await invoice(accept, { 'if-none-match': `"other", ${etag}` });
      expect(known).toMatchObject({ status: 304, body: '' });
      for (const answer of [headers, known.headers]) {
        expect(answer.get('etag')).toBe(etag);
        expect(answer.get('cache-control')).toBe('private, no-cache');
        expect(answer.get('vary')).toContain('accept');
      }
      const other = accept === 'application/pdf' ? 'application/json' : 'application/pdf';
      expect((await invoice(other, { 'if-none-match': etag })).status).toBe(200);
    }
  });

  it('is printed for every caller, though one asks for many documents at once', async () => {
    const { orderId } = await placed(customer);
    const print = (token: string) =>
      pipeline.request(`/v1/orders/${orderId}/invoice`, token, { headers: { accept: 'application/pdf' } });
    const many = Array.from({ length: 20 }, () => print(customer));
    expect((await print(operator)).status).toBe(200);
    const answers = await Promise.all(many);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    for (const { status, headers } of answers) {
      expect(headers.has('retry-after')).toBe(status === 429);
      expect(headers.has('etag')).toBe(status === 200);
    }
  });

  it('has no invoice before it is confirmed', async () => {
    const { orderId } = await placed(buyer, aWholesaleRequest(APPROVAL_LIMIT));
    expect((await pipeline.request(`/v1/orders/${orderId}/invoice`, buyer)).status).toBe(404);
  });

  it('answers 202 with the URL at which the decision is read', async () => {
    const { orderId } = await placed(customer);
    const accepted = await pipeline.change<CommandBody>(customer, orderId, 'cancellation', { reason: 'ordered twice' });
    expect(accepted.status).toBe(202);
    const { self } = accepted.body.links;
    expect(accepted.headers.get('location')).toBe(self);
    expect(self).toBe(`/v1/orders/${orderId}/commands/${accepted.body.commandId}`);
    expect(await decidedCommand(customer, self)).toMatchObject({ status: 'APPLIED', event: 'cancelled', version: 2 });
    expect((await command(operator, self)).body).toMatchObject({ status: 'APPLIED' });
    expect((await command(await pipeline.token('stranger'), self)).status).toBe(404);
    const unknown = `/v1/orders/${orderId}/commands/${orderIds.issue('x', 'y')}`;
    expect((await command(customer, unknown)).status).toBe(404);
  });

  it('answers 409 with the status of the order and the commands that it allows', async () => {
    const { orderId } = await inFulfillment();
    const refused = await pipeline.change(fulfillment, orderId, 'shipments/1/delivery');
    expect(refused).toMatchObject({
      status: 409,
      body: {
        type: 'urn:fargate-orders:problem:conflict',
        orderStatus: 'IN_FULFILLMENT',
        orderVersion: 2,
        allowedCommands: ['createShipment'],
      },
    });
    expect((await pipeline.change(customer, orderId, 'cancellation', {})).status).toBe(409);
    expect((await pipeline.changed(operator, orderId, 'cancellation', {})).status).toBe('CANCELLED');
  });

  it('answers 404 to an unknown shipment, and 412 to an old version', async () => {
    const { orderId } = await inFulfillment();
    await pipeline.changed(fulfillment, orderId, 'shipments', parcel);
    expect((await pipeline.change(fulfillment, orderId, 'shipments/2/delivery')).status).toBe(404);
    expect((await pipeline.change(fulfillment, orderId, 'shipments/x/delivery')).status).toBe(404);
    for (const ifMatch of ['"2"', '"1", "2"', 'W/"3"', '"abc"']) {
      const stale = await pipeline.change(fulfillment, orderId, 'shipments', parcel, { 'if-match': ifMatch });
      expect(stale).toMatchObject({ status: 412, body: { orderVersion: 3 } });
    }
    const current = { ...WAIT, 'if-match': '"7", "3"' };
    const shipped = await pipeline.change(fulfillment, orderId, 'shipments', parcel, current);
    expect(shipped).toMatchObject({ status: 200, body: { status: 'SHIPPED' } });
    expect(shipped.headers.get('etag')).toBe('"4"');
    expect(shipped.headers.get('preference-applied')).toBe('wait=10');
  });

  it('executes a command once, however often it is sent, and refuses its key for other content', async () => {
    const { orderId } = await inFulfillment();
    const headers = { 'idempotency-key': randomUUID() };
    const ship = (body: object, more = {}) =>
      pipeline.change(fulfillment, orderId, 'shipments', body, { ...headers, ...more });
    await Promise.all([ship(parcel), ship(parcel), ship(parcel)]);
    const again = await ship(parcel, WAIT);
    expect(again).toMatchObject({ status: 200, body: { status: 'PARTIALLY_SHIPPED', version: 3 } });
    expect((again.body as unknown as Order).shipments).toHaveLength(1);
    const known = await ship(parcel);
    expect(known.status).toBe(202);
    expect(known.headers.get('idempotency-replayed')).toBe('true');
    expect((await ship({ ...parcel, carrier: 'UPS' })).status).toBe(422);
  });

  it('confirms only one of several concurrent commands with the same key and different content', async () => {
    const [line] = anOrderRequest().lineItems;
    const payment = { ...anOrderRequest().payment, amount: 12_181 };
    const nine = anOrderRequest({ lineItems: [{ ...line!, quantity: 9 }], total: 12_181, payment });
    const { orderId } = await placed(customer, nine);
    await pipeline.changed(fulfillment, orderId, 'fulfillment');
    const headers = { ...WAIT, 'idempotency-key': randomUUID() };
    await pipeline.suspend('worker');
    const all = [1, 2, 3].map((quantity) =>
      pipeline.change(fulfillment, orderId, 'shipments', { ...parcel, items: [{ lineNumber: 1, quantity }] }, headers),
    );
    // Long enough to enqueue all three. The api itself would refuse a later one with the same answer.
    await sleep(300);
    await pipeline.resume('worker');
    const statuses = (await Promise.all(all)).map(({ status }) => String(status));
    expect(statuses.toSorted()).toEqual(['200', '422', '422']);
  });

  it('does not execute a command that it has refused when its message arrives again', async () => {
    const { orderId } = await placed(customer);
    const change = aChange({ orderId, customerId: 'cust-1' }, 'startFulfillment', {}, { expectedVersions: [2] });
    const message = { ...change, commandId: orderIds.issue('x', randomUUID()) };
    await pipeline.sendToOrdersQueue(JSON.stringify(message));
    const logged = (event: string) =>
      pipeline.logs.find(event, (line) => line.event === event && line.orderId === orderId);
    await logged('command_refused');
    await pipeline.sendToOrdersQueue(JSON.stringify({ ...message, expectedVersions: undefined }));
    await logged('command_repeated');
    expect((await pipeline.request<Order>(`/v1/orders/${orderId}`, customer)).body).toMatchObject({ version: 1 });
  });

  it('shows at the URL of a command that the worker has refused it', async () => {
    const { orderId } = await placed(customer);
    await pipeline.suspend('worker');
    const commands = await Promise.all([
      pipeline.change<CommandBody>(customer, orderId, 'cancellation', {}),
      pipeline.change<CommandBody>(fulfillment, orderId, 'fulfillment'),
    ]);
    expect(commands.map(({ status }) => status)).toEqual([202, 202]);
    const pending = await command(customer, commands[0].body.links.self);
    await pipeline.resume('worker');
    expect(pending.body.status).toBe('PENDING');
    const [cancellation, start] = await Promise.all([
      decidedCommand(customer, commands[0].body.links.self),
      decidedCommand(fulfillment, commands[1].body.links.self),
    ]);
    const outcomes = [cancellation.status, start.status];
    expect(outcomes.toSorted()).toEqual(['APPLIED', 'REFUSED']);
    const refused = [cancellation, start].find(({ status }) => status === 'REFUSED')!;
    expect(refused['refusal']).toMatchObject({ type: 'urn:fargate-orders:problem:conflict', status: 409 });
  });

  it('answers a waiting client whose command the worker refuses as if the api had refused it', async () => {
    const { orderId } = await placed(customer);
    await pipeline.suspend('worker');
    const both = [1, 2].map(() => pipeline.change(customer, orderId, 'cancellation', {}, WAIT));
    await pipeline.logs.find(
      'a request for the order',
      (line) => line.event === 'http_request' && line.orderId === orderId,
    );
    await pipeline.resume('worker');
    const [applied, refused] = (await Promise.all(both)).toSorted((a, b) => a.status - b.status);
    expect(applied).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    expect(refused).toMatchObject({ status: 409, body: { orderStatus: 'CANCELLED', allowedCommands: [] } });
  });

  it('accepts a command for an order that is not decided yet', async () => {
    await pipeline.suspend('worker');
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    const cancelling = pipeline.change(customer, orderId, 'cancellation', {}, WAIT);
    await pipeline.resume('worker');
    expect(await cancelling).toMatchObject({ status: 200, body: { status: 'CANCELLED', version: 2 } });
  });

  it('answers 400 with every error in headers and body', async () => {
    const { orderId } = await placed(customer);
    const answer = await pipeline.change<{ errors: { pointer: string }[] }>(
      fulfillment,
      orderId,
      'shipments',
      { carrier: '', items: [one, one, { lineNumber: 0 }], colour: 'red' },
      { 'idempotency-key': 'with blank', 'if-match': '3' },
    );
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/carrier',
      '/colour',
      '/headers/idempotency-key',
      '/headers/if-match',
      '/items',
      '/items/2/lineNumber',
      '/items/2/quantity',
      '/trackingNumber',
    ]);
  });

  describe('for wholesale', () => {
    it('waits in the approval queue until an operator approves it, but not the customer of the order', async () => {
      const { orderId, status } = await placed(buyer, aWholesaleRequest(APPROVAL_LIMIT));
      expect(status).toBe('AWAITING_APPROVAL');
      const queue = async () =>
        (await pipeline.request<OrderPage>('/v1/orders?status=AWAITING_APPROVAL&limit=100', operator)).body.data;
      expect((await queue()).map((order) => order.orderId)).toContain(orderId);
      const both = await pipeline.token('shop-1', 'wholesale', 'operator');
      expect(await pipeline.change(both, orderId, 'approval')).toMatchObject({ status: 403 });
      expect(await pipeline.change(buyer, orderId, 'approval')).toMatchObject({ status: 403 });
      const approved = await pipeline.changed(operator, orderId, 'approval');
      expect(approved).toMatchObject({ status: 'CONFIRMED', invoice: { invoiceNumber: `INV-${orderId}` } });
      expect((await queue()).map((order) => order.orderId)).not.toContain(orderId);
    });

    it('is rejected with a reason', async () => {
      const { orderId } = await placed(buyer, aWholesaleRequest(APPROVAL_LIMIT));
      expect((await pipeline.changed(operator, orderId, 'rejection', { reason: 'no credit' })).status).toBe('REJECTED');
      const [, event] = await pipeline.inboxes.accounting.waitForEvents(orderId, 2);
      expect(event).toMatchObject({ type: 'com.example.orders.order.rejected.v1' });
    });
  });

  describe('a list', () => {
    it('filters by status, channel and time, and by customer for operators', async () => {
      const sub = `cust-${randomUUID()}`;
      const token = await pipeline.token(sub, 'wholesale');
      const first = await placed(token);
      const second = await placed(token, aWholesaleRequest(500));
      await pipeline.changed(token, first.orderId, 'cancellation', {});
      const ids = async (query: string, caller = token) => {
        const { body } = await pipeline.request<OrderPage>(`/v1/orders?${query}`, caller);
        return body.data.map(({ orderId }) => orderId);
      };
      expect(await ids('status=CANCELLED')).toEqual([first.orderId]);
      expect(await ids('channel=WHOLESALE')).toEqual([second.orderId]);
      expect(await ids(`from=${second.placedAt}`)).toEqual([second.orderId]);
      expect(await ids(`to=${second.placedAt}`)).toEqual([first.orderId]);
      // RFC 3339 has fractions of any length, and both cases.
      const justAfter = second.placedAt.replace('Z', '001z').replace('T', 't');
      expect([await ids(`from=${justAfter}`), await ids(`to=${justAfter}&limit=1`)]).toEqual([[], [second.orderId]]);
      expect(await ids(`customerId=${sub}&limit=1`, operator)).toEqual([second.orderId]);
    });

    it.each([
      ['status=SOLD', 400],
      ['from=yesterday', 400],
      ['from=2026-02-02&to=2026-02-01', 400],
      ['from=2026-02-30', 400],
      ['from=9999-12-31T23:59:59-14:00', 400],
      ['to=1970-01-01', 400],
      ['limit=1&limit=2', 400],
      ['__proto__=1', 400],
      ['customerId=cust-9', 403],
    ])('answers ?%s with %d', async (query, status) => {
      expect((await pipeline.request(`/v1/orders?${query}`, customer)).status).toBe(status);
    });

    it.each(['', '?status=DELIVERED'])(
      'requires a customer or a list of work from an operator, not %j',
      async (query) => {
        const answer = await pipeline.request(`/v1/orders${query}`, operator);
        expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/customerId' }] } });
      },
    );

    it.each([
      'returns=REQUESTED&customerId=cust-9',
      'returns=REQUESTED&status=SHIPPED',
      'invoiceNumber=INV-1&channel=RETAIL',
      'purchaseOrderNumber=',
      'returns=CLOSED',
    ])('answers ?%s of an operator with 400', async (query) => {
      expect((await pipeline.request(`/v1/orders?${query}`, operator)).status).toBe(400);
    });

    it('shows staff who waits, for what and since when, and finds an order by its numbers', async () => {
      const purchaseOrderNumber = `PO-${randomUUID().slice(0, 8)}`;
      const sub = `shop-${randomUUID()}`;
      const reference = randomUUID();
      const payment = { provider: 'stripe', reference, amount: APPROVAL_LIMIT };
      const request = { ...aWholesaleRequest(APPROVAL_LIMIT), purchaseOrderNumber, payment };
      const { orderId, placedAt } = await placed(await pipeline.token(sub, 'wholesale'), request);
      const row = { orderId, customerId: sub, purchaseOrderNumber, total: APPROVAL_LIMIT, placedAt };
      const found = async (query: string) => {
        const { body } = await pipeline.request<OrderPage>(`/v1/orders?limit=100&${query}`, operator);
        return body.data.find((order) => order.orderId === orderId);
      };
      expect(await found(`status=AWAITING_APPROVAL&from=${placedAt}`)).toMatchObject({
        ...row,
        since: expect.stringMatching(/Z$/),
      });
      expect(await found(`status=AWAITING_APPROVAL&to=${placedAt}`)).toBeUndefined();
      expect(await found(`purchaseOrderNumber=${purchaseOrderNumber}`)).toMatchObject(row);
      expect(await found(`paymentReference=${reference}`)).toMatchObject(row);
      expect(await found(`invoiceNumber=INV-${orderId}`)).toBeUndefined();
      await pipeline.changed(operator, orderId, 'approval');
      expect(await found(`invoiceNumber=INV-${orderId}`)).toMatchObject({ ...row, status: 'CONFIRMED' });
    });
  });
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import {
  booksOf,
  creditNoteDocument,
  dayOf,
  decideChange,
  importOrder,
  invoiceDocument,
  type LineQuantity,
  placeOrder,
  priceOf,
  type StoredOrder,
} from '#libs/orders';
import { creditNoteOf } from '../../libs/orders/src/credit-note.ts';
import { aChange } from '../../libs/orders/src/testing/change-factory.ts';
import {
  anImportedOrder,
  anOrderRequest,
  aPlaceOrderCommand,
  shopRules,
} from '../../libs/orders/src/testing/order-factory.ts';
import { everyStep } from '../../libs/orders/src/testing/order-life.ts';
import { runs } from '../../test/harness/rounds.ts';
import { openExport } from './duckdb.ts';
import { figuresOf, ordersOf, type Period, reports } from './statements.ts';

const YEAR: Period = { from: '2025-12-31T23:00:00.000Z', to: '2026-12-31T23:00:00.000Z', timeZone: 'Europe/Berlin' };
const ALWAYS = { ...YEAR, from: '2000-01-01T00:00:00.000Z' };
const { signal } = new AbortController();
const rules = shopRules(5_000);
/** Goods of four lines are below the largest amount of an order; products of such amounts exceed 2^63. */
const MAX_PRICE = 6e12;

type Figure = Record<string, string | number | null>;
type Line = { quantity: number; unitPrice: number; tax?: number };

/** A line of an incremental export with a write time, or of a full export. */
const lineOf = (order: object, writtenAt?: number) => {
  const item = marshall(order, { removeUndefinedValues: true, convertClassInstanceToMap: true });
  if (writtenAt === undefined) return JSON.stringify({ Item: item });
  const Metadata = { WriteTimestampMicros: { N: String(writtenAt) } };
  return JSON.stringify({ Metadata, Keys: { orderKey: item['orderKey'] }, NewImage: item });
};

/** The figures of a report, or the orders of its figures with these values. */
type Figures = (name: string, period?: Period, values?: string[]) => Promise<Figure[]>;

/** Runs with the reports on these files of lines. */
async function withExport<Result>(
  files: readonly (readonly string[])[],
  work: (figures: Figures) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'));
  files.forEach((lines, n) => {
    writeFileSync(join(folder, `${n}.json.gz`), gzipSync(lines.map((line) => `${line}\n`).join('')));
  });
  const engine = await openExport(folder);
  const query = async (statement: string) => {
    const { columns, rows } = await engine.query(statement, signal);
    const plain = (cell: unknown) => (typeof cell === 'bigint' ? Number(cell) : (cell as string | number | null));
    return rows.map((row) => Object.fromEntries(columns.map((column, n) => [column, plain(row[n])])));
  };
  const reportOf = (name: string) => reports().find((one) => one.name === name)!;
  try {
    return await work((name, period = YEAR, values) =>
      query(values ? ordersOf(reportOf(name), period, values) : figuresOf(reportOf(name), period)),
    );
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true });
  }
}

const anyLife = fc
  .record({
    lines: fc.array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 4 }),
        unitPrice: fc.oneof(
          fc.nat(9_999),
          fc.maxSafeNat().map((price) => price % MAX_PRICE),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    discount: fc.maxSafeNat(),
    shipping: fc.nat(999),
    stated: fc.boolean(),
    channel: fc.constantFrom('RETAIL' as const, 'WHOLESALE' as const),
    currency: fc.constantFrom('EUR', 'JPY'),
    customerId: fc.constantFrom('ada', 'bob', "o'hara"),
    placedAt: fc.date({ min: new Date('2025-12-01'), max: new Date('2027-01-31'), noInvalidDate: true }),
    isImported: fc.boolean(),
    choices: fc.array(fc.nat(), { maxLength: 25 }),
  })
  .map(
    ({ lines, discount: wanted, shipping, stated, channel, currency, customerId, placedAt, isImported, choices }) => {
      const discount = wanted % (priceOf(lines) + 1);
      const taxed: Line[] = lines.map((line, n) => {
        return { ...line, ...(stated && { tax: Math.round((priceOf([line]) * (n % 2 === 0 ? 19 : 7)) / 100) }) };
      });
      const shippingTax = Math.round(shipping * 0.19);
      const tax = stated ? taxed.reduce((sum, line) => sum + (line.tax ?? 0), shippingTax) : Math.round(discount / 5);
      const total = priceOf(lines) - discount + shipping + tax;
      const request = anOrderRequest({
        channel,
        currency,
        lineItems: taxed.map((line, n) => ({ sku: `S${n}`, name: `Name ${n}`, ...line })),
        discount,
        shipping,
        tax,
        ...(stated && { shippingTax }),
        total,
        payment: { provider: 'p', reference: 'r', amount: total },
      });
      const at = placedAt.toISOString();
      const first = isImported
        ? importOrder(
            anImportedOrder({
              ...request,
              importedNumber: JSON.stringify(choices) + at,
              customerId,
              status: 'CONFIRMED',
              shipments: [],
              placedAt: at,
              updatedAt: at,
            }),
            1,
            true,
          )
        : placeOrder(aPlaceOrderCommand({ request, customerId, receivedAt: at }), rules, at);
      return lifeOf(first, placedAt.getTime(), choices);
    },
  );

/** The versions of an order after commands by chance; those that are not possible change nothing. */
function lifeOf(first: StoredOrder, placedMs: number, choices: readonly number[]): StoredOrder[] {
  const versions = [first];
  choices.forEach((choice, n) => {
    const order = versions.at(-1)!;
    const lineNumber = 1 + (choice % order.lineItems.length);
    const items = [{ lineNumber, quantity: 1 + (choice % 2) }];
    const part = String(1 + (choice % 3));
    const commands = [
      aChange(order, 'approveOrder', {}),
      aChange(order, 'startFulfillment', {}),
      aChange(order, 'createShipment', { carrier: 'DHL', trackingNumber: 'T', items }),
      aChange(order, 'createShipment', { carrier: 'DHL', trackingNumber: 'T', items }),
      aChange(order, 'deliverShipment', {}, { shipmentId: part }),
      aChange(order, 'requestReturn', { items, reason: `reason ${choice % 2}` }),
      aChange(order, 'approveReturn', {}, { returnId: part }),
      aChange(order, 'receiveReturn', {}, { returnId: part }),
      aChange(order, 'closeReturn', {}, { returnId: part }),
      ...(choice % 7 === 0 ? [aChange(order, 'rejectOrder', { reason: 'no' }), aChange(order, 'cancelOrder', {})] : []),
    ];
    for (const command of commands) {
      const now = new Date(placedMs + versions.length * 3_600_123 + n).toISOString();
      const decision = decideChange(versions.at(-1)!, command, rules, now);
      if (decision.outcome === 'CHANGED') versions.push(decision.order);
    }
  });
  return versions;
}

/** As an earlier release stored it: without what later fields would have said, and with what a later release may add. */
function asOtherReleases(order: StoredOrder): object {
  const { returns, creditNotes, shipments, returnStatus: _status, work: _work, openReturns: _open, ...older } = order;
  const lists = Object.entries({ returns, creditNotes, shipments }).filter(([, list]) => list.length > 0);
  return { ...older, ...Object.fromEntries(lists), giftMessage: 'hello', loyalty: { points: [1, { a: null }] } };
}

/** Adds up numbers by a key. */
function sums(entries: readonly (readonly [key: string, ...amounts: number[]])[]): Record<string, number[]> {
  const result: Record<string, number[]> = {};
  for (const [key, ...amounts] of entries) {
    result[key] = amounts.map((amount, n) => amount + (result[key]?.[n] ?? 0));
  }
  return result;
}

const by = (figures: readonly Figure[], keys: readonly string[], amounts: readonly string[]) =>
  sums(figures.map((one) => [keys.map((key) => one[key]).join('|'), ...amounts.map((name) => Number(one[name]))]));

const isIn = (instant: string) => instant >= YEAR.from && instant < YEAR.to;
const dayIn = (instant: string) => dayOf(instant, YEAR.timeZone);
const notesOf = (order: StoredOrder) => order.creditNotes.map((_, n) => creditNoteDocument(order, String(n + 1))!);
const SOLD = ['orders', 'ordered_minor', 'invoiced_minor', 'credited_minor'];

/** The rate that an amount and its tax state: whole or with one decimal, if it gives the tax to the minor unit. */
function rateOf(net: number, tax: number): string {
  if (tax === 0) return '0';
  const percent = Math.round((100 * tax) / net);
  if (Math.abs(net * percent - 100 * tax) <= 100) return String(percent);
  const tenths = Math.round((1_000 * tax) / net);
  return Math.abs(net * tenths - 1_000 * tax) <= 1_000 ? (tenths / 10).toFixed(1) : 'mixed';
}

/** The net amounts and taxes of the documents of an order: of each line, if all state their tax, and of the rest. */
function vatOf(order: StoredOrder) {
  const invoice = invoiceDocument(order);
  if (!invoice) return [];
  const isStated = order.lineItems.every(({ tax }) => tax !== undefined);
  const rates: string[] = [];
  const cancelledItems: LineQuantity[] = [];
  return [invoice, ...notesOf(order)].flatMap(({ documentType, issuedAt, currency, lines, ...document }) => {
    const [sign, kind] = documentType === 'INVOICE' ? [1, 'invoices'] : [-1, 'credit notes'];
    const parts = (isStated ? lines : []).map((line) => {
      const { goods, discount, tax } = creditNoteOf({ ...order, returns: [], cancelledItems }, { items: [line] }, '');
      return { lineNumber: line.lineNumber, net: goods - discount, tax };
    });
    if (documentType !== 'INVOICE') cancelledItems.push(...lines);
    const rest = parts.reduce((left, { net, tax }) => ({ ...left, net: left.net - net, tax: left.tax - tax }), {
      lineNumber: 0,
      net: document.net,
      tax: document.tax,
    });
    return [...parts, rest].map(({ lineNumber, net, tax }) => {
      const rate = (rates[lineNumber] ??= rateOf(net, tax));
      const isReported = isIn(issuedAt) && (net !== 0 || tax !== 0);
      return {
        key: [dayIn(issuedAt).slice(0, 7), rate, currency, kind].join('|'),
        net: sign * net,
        tax: sign * tax,
        isReported,
      };
    });
  });
}

/** How often Athena reads all files for a statement: once for each place that names them, because it repeats the text of a view. */
function readsOf(sql: string): number {
  const file = readFileSync(join(import.meta.dirname, 'views.sql'), 'utf8');
  const definitions = [...file.matchAll(/^(\w+) AS \(\n([^]*?)^\)/gm)];
  const views = new Map(definitions.map(([, name = '', text]) => [name, text]));
  const reads = (text = ''): number => {
    const names = text.replaceAll(/--.*/g, '').matchAll(/\b(?:FROM|JOIN) (\w+)/g);
    return [...names].reduce((sum, [, name = '']) => sum + (name === 'order_export' ? 1 : reads(views.get(name))), 0);
  };
  return reads(sql);
}

describe('the reports', () => {
  it.each(reports())('read all files once: $name', ({ sql, source }) => {
    expect([readsOf(sql), readsOf(source)]).toEqual([1, 1]);
  });

  it('equal the table, the invoices and the credit notes to the cent, whatever exports there are and in which order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLife, { minLength: 1, maxLength: 25 }),
        fc.infiniteStream(fc.nat()),
        async (lives, choices) => {
          const choice = (below: number) => Number(choices.next().value) % below;
          // Each version is in some files, the newest in at least one; files are read in any order.
          const files: string[][] = [[], [], []];
          for (const versions of lives) {
            versions.forEach((version, n) => {
              const copies = n === versions.length - 1 ? 1 + choice(3) : choice(3);
              const stored = choice(2) === 0 ? version : asOtherReleases(version);
              const at = choice(2) === 0 ? undefined : 1_000_000 + n;
              for (let copy = 0; copy < copies; copy += 1) {
                const file = files[choice(3)]!;
                file.splice(choice(file.length + 1), 0, lineOf(stored, at));
              }
            });
          }
          const orders = lives.map((versions) => versions.at(-1)!);
          await withExport(files, (figures) => expectEqual(orders, figures));
        },
      ),
      runs(100, 15),
    );
  });

  it('follow a later write of the same version, and ignore other lines', async () => {
    const { after } = everyStep()[0]!;
    const erased = { ...after, customerId: 'erased' };
    const files = [
      [lineOf(erased, 2_000), lineOf(after)],
      [lineOf(after, 1_000), '{"manifest":1}', '{"Keys":{}}'],
    ];
    const buyers = await withExport(files, (figures) => figures('top-buyers'));
    expect(buyers).toEqual([{ customer_id: 'erased', currency: 'EUR', orders: 1, sold_minor: 3_088 }]);
  });

  it('have nothing of no orders', async () => {
    await withExport([[]], async (figures) => {
      for (const { name } of reports()) expect(await figures(name, ALWAYS)).toEqual([]);
    });
  });

  it('split VAT by the rates that lines state, and of credit notes', async () => {
    const lineItems = [
      { sku: 'SOAP', name: 'Soap', quantity: 3, unitPrice: 1_000, tax: 567 },
      { sku: 'BOOK', name: 'Book', quantity: 1, unitPrice: 2_000, tax: 139 },
      { sku: 'WINE', name: 'Wine', quantity: 1, unitPrice: 5_000, tax: 273 },
    ];
    // The discount of 50 is 15, 10 and 25 of the lines.
    const total = 10_000 - 50 + 500 + 1_074;
    const payment = { provider: 'p', reference: 'r', amount: total };
    const request = anOrderRequest({
      lineItems,
      discount: 50,
      shipping: 500,
      tax: 1_074,
      shippingTax: 95,
      total,
      payment,
    });
    const at = '2026-01-31T23:30:00.000Z';
    let order = placeOrder(aPlaceOrderCommand({ request }), shopRules(), at);
    for (const command of [
      aChange(order, 'startFulfillment', {}),
      aChange(order, 'createShipment', { carrier: 'D', trackingNumber: 'T', items: [{ lineNumber: 1, quantity: 3 }] }),
      aChange(order, 'cancelOrder', {}),
      aChange(order, 'requestReturn', { items: [{ lineNumber: 1, quantity: 1 }], reason: 'r' }),
      ...(['approveReturn', 'receiveReturn', 'closeReturn'] as const).map((name) =>
        aChange(order, name, {}, { returnId: '1' }),
      ),
    ]) {
      const decision = decideChange(order, command, rules, '2026-03-01T00:00:00.000Z');
      if (decision.outcome === 'CHANGED') order = decision.order;
    }
    const vat = await withExport([[lineOf(order)]], (figures) => figures('vat'));
    expect(vat.map((figure) => Object.values(figure).join(' '))).toEqual([
      '2026-02 19 EUR invoices 1 3485 662',
      '2026-02 5.5 EUR invoices 1 4975 273',
      '2026-02 7 EUR invoices 1 1990 139',
      '2026-03 19 EUR credit notes 1 -995 -189',
      '2026-03 5.5 EUR credit notes 1 -4975 -273',
      '2026-03 7 EUR credit notes 1 -1990 -139',
    ]);
  });

  it('split VAT of small amounts by the rates of the shop', async () => {
    const lineItems = [
      { sku: 'GUM', name: 'Gum', quantity: 1, unitPrice: 49, tax: 3 },
      { sku: 'WINE', name: 'Wine', quantity: 1, unitPrice: 480, tax: 26 },
    ];
    const payment = { provider: 'p', reference: 'r', amount: 558 };
    const amounts = { discount: 0, shipping: 0, tax: 29, shippingTax: 0, total: 558, payment };
    const request = anOrderRequest({ lineItems, ...amounts });
    const order = placeOrder(aPlaceOrderCommand({ request }), shopRules(), '2026-01-31T23:30:00.000Z');
    const ratesWith = (rates: string[]) =>
      withExport([[lineOf(order)]], async (figures) =>
        (await figures('vat', { ...YEAR, rates })).map((figure) => figure['rate_percent']),
      );
    expect(await ratesWith([])).toEqual(['5.4', '6']);
    expect(await ratesWith(['7', '5.5'])).toEqual(['5.5', '7']);
  });

  it('stop soon after a signal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reports-'));
    writeFileSync(join(folder, '0.json.gz'), gzipSync(''));
    const engine = await openExport(folder);
    const interrupted = new AbortController();
    const years = engine.query(
      'SELECT sum(a.range * b.range) FROM range(199999) a, range(199999) b',
      interrupted.signal,
    );
    setImmediate(() => interrupted.abort());
    await expect(years).rejects.toThrow('Interrupted');
    await engine.close();
    rmSync(folder, { recursive: true });
  });
});

async function expectEqual(orders: readonly StoredOrder[], figures: Figures) {
  const placed = orders.filter(({ placedAt }) => isIn(placedAt));
  const sales = (keyOf: (order: StoredOrder) => string) =>
    sums(placed.map((order) => [keyOf(order), 1, order.total, booksOf(order).invoiced, booksOf(order).credited]));
  const byDay = await figures('sales-by-day');
  expect(by(byDay, ['day', 'currency'], SOLD)).toEqual(sales((order) => `${dayIn(order.placedAt)}|${order.currency}`));
  const byChannel = await figures('sales-by-channel');
  expect(by(byChannel, ['channel', 'currency'], SOLD)).toEqual(
    sales(({ channel, currency }) => `${channel}|${currency}`),
  );
  const byCurrency = await figures('sales-by-currency');
  expect(by(byCurrency, ['currency'], SOLD)).toEqual(sales(({ currency }) => currency));
  const hours = await figures('coupon-day');
  expect(by(hours, ['currency'], ['orders', 'ordered_minor', 'discount_minor'])).toEqual(
    sums(placed.map(({ currency, total, discount }) => [currency, 1, total, discount])),
  );
  expect(by(await figures('top-buyers'), ['currency'], ['sold_minor'])).toEqual(
    by(byCurrency, ['currency'], ['sold_minor']),
  );

  // Each order is behind one figure, and the values of a figure pick its orders.
  const [figure] = byDay;
  const listed = await figures('sales-by-day', YEAR, []);
  expect(listed.map((one) => String(one['order_id'])).toSorted()).toEqual(
    placed.map(({ orderId }) => orderId).toSorted(),
  );
  const { day, currency } = figure ?? { day: '', currency: '' };
  const picked = await figures('sales-by-day', YEAR, [String(day), String(currency)]);
  expect(picked.length).toBe(figure?.['orders'] ?? 0);

  const vat = orders.flatMap(vatOf).filter(({ isReported }) => isReported);
  const reported = await figures('vat');
  expect(by(reported, ['month', 'rate_percent', 'currency', 'kind'], ['net_minor', 'vat_minor'])).toEqual(
    sums(vat.map(({ key, net, tax }) => [key, net, tax])),
  );

  const credits = orders.flatMap((order) => order.creditNotes.map((note) => ({ ...note, currency: order.currency })));
  expect(by(await figures('refunds'), ['currency'], ['credit_notes', 'credited_minor'])).toEqual(
    sums(credits.filter(({ issuedAt }) => isIn(issuedAt)).map(({ currency, total }) => [currency, 1, total])),
  );

  const unsold = ['AWAITING_APPROVAL', 'REJECTED', 'CANCELLED'];
  const sold = placed.filter(
    ({ invoice, source, status }) => invoice ?? (source === 'import' && !unsold.includes(status)),
  );
  const lines = sold.flatMap((order) => order.lineItems.map((line) => ({ ...line, currency: order.currency })));
  const products = await figures('sales-by-product');
  expect(by(products, ['sku', 'currency'], ['pieces', 'goods_minor'])).toEqual(
    sums(lines.map(({ sku, currency, quantity, unitPrice }) => [`${sku}|${currency}`, quantity, quantity * unitPrice])),
  );
  expect(by(products, ['currency'], ['credited_minor'])).toEqual(
    sums(sold.map(({ currency, creditNotes }) => [currency, creditNotes.reduce((sum, { goods }) => sum + goods, 0)])),
  );

  const steps = placed.flatMap((order): [string, number][] => {
    const decided = order.history.find(({ event }) => event === 'confirmed' || event === 'rejected');
    return [
      ...(decided ? [['decided', 1] as [string, number]] : []),
      ...(order.shipments.length > 0 ? [['shipped', 1] as [string, number]] : []),
      ...(order.status === 'DELIVERED' ? [['delivered', 1] as [string, number]] : []),
    ];
  });
  expect(by(await figures('durations'), ['step'], ['orders'])).toEqual(sums(steps));
  const approvals = placed.filter(({ history }) => history[0]?.event === 'awaiting_approval');
  const outcomes = { confirmed: 'approved', rejected: 'rejected', cancelled: 'cancelled' } as Record<string, string>;
  expect(by(await figures('approvals'), ['outcome'], ['orders', 'ordered_minor'])).toEqual(
    sums(approvals.map(({ history, total }) => [outcomes[history[1]?.event ?? ''] ?? 'waiting', 1, total])),
  );
}

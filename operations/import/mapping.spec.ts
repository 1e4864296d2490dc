import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMapping } from './mapping.ts';
import { suggestedMapping } from './suggest.ts';

const ADDRESS = `{ name: name, line1: { value: 1 Main St }, city: { value: Berlin }, postalCode: { value: 10115 }, country: { value: DE } }`;
const HEAD = `
importedNumber: id
customerId: { concat: [{ value: cust- }, customer] }
channel: { value: RETAIL }
status: status
currency: currency
placedAt: { date: at, zone: UTC }
discount: { value: 0 }
shipping: { value: 0 }
tax: { value: 0 }
total: total
shippingAddress: &address ${ADDRESS}
billingAddress: *address
payment: { provider: { value: old }, reference: id, amount: total }
shipment: { carrier: { value: DHL }, trackingNumber: id }
`;
const LINES = `lineItems: { each: { json: details, path: lines }, sku: sku, name: name, quantity: qty, unitPrice: price, shippedQuantity: sent }`;
const row = {
  id: '7',
  customer: '9',
  status: 'PARTIALLY_SHIPPED',
  currency: 'EUR',
  at: '2024-01-01 00:00:00',
  total: '20.20',
  name: 'Ada',
  details: '{"lines":[{"sku":"S-1","name":"Soap","qty":2,"price":10.10,"sent":1}]}',
};

describe('a mapping', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapping-'));
  const file = join(folder, 'map.yaml');
  afterAll(() => rmSync(folder, { recursive: true }));

  const mappingOf = (text: string) => {
    writeFileSync(file, text);
    return readMapping(file);
  };
  const problemsOf = (changes: Partial<Record<keyof typeof row, string | null>>, text = HEAD + LINES) =>
    mappingOf(text)
      .map([{ ...row, ...changes }])
      .problems.map(([problem]) => problem);

  it('makes line items of a JSON column, and one shipment of what has left', () => {
    const { order, problems, notes } = mappingOf(HEAD + LINES).map([row]);
    expect({ problems, notes }).toEqual({ problems: [], notes: [] });
    expect(order).toMatchObject({
      lineItems: [{ lineNumber: 1, sku: 'S-1', name: 'Soap', quantity: 2, unitPrice: 1010 }],
      shipments: [{ shipmentId: '1', items: [{ lineNumber: 1, quantity: 1 }], shippedAt: '2024-01-01T00:00:00.000Z' }],
      total: 2020,
      status: 'PARTIALLY_SHIPPED',
    });
    expect(mappingOf(HEAD + LINES).columns).toEqual(new Set(Object.keys(row)));
  });

  it('finds what our own orders may not have, and rows that do not agree', () => {
    expect(problemsOf({ customer: 'x'.repeat(130) })).toEqual([
      'customerId: must be shorter than or equal to 128 characters',
    ]);
    expect(problemsOf({ status: 'LOST' })).toEqual([expect.stringContaining('status: must be one of')]);
    expect(problemsOf({ name: ' ' })[0]).toMatch(/^shippingAddress.name: /);
    expect(problemsOf({ total: '-1' })[0]).toBe('total: must not be less than 0');
    expect(problemsOf({ currency: 'eur' })[0]).toMatch(/^currency: /);
    expect(problemsOf({ total: null })[0]).toBe('total: is missing');
    expect(problemsOf({ details: '{}', status: 'CONFIRMED' })[0]).toMatch(/^lineItems: /);
    expect(problemsOf({ details: '{"lines":7}' })).toContain('lineItems.each: is not a JSON list of objects');
    for (const sent of [0, 2, 3])
      expect(problemsOf({ details: row.details.replace('"sent":1', `"sent":${sent}`) })).toEqual([
        expect.stringContaining('lineItems.shippedQuantity: must be some'),
      ]);
    const { problems } = mappingOf(
      `${HEAD}lineItems: { sku: id, name: name, quantity: { value: 1 }, unitPrice: total }`,
    ).map([
      { ...row, status: 'SHIPPED' },
      { ...row, status: 'CONFIRMED' },
    ]);
    expect(problems).toEqual([['status: differs between the rows of the order', 'CONFIRMED']]);
  });

  it('keeps numbers of the mapping as they are written', () => {
    const { order, problems } = mappingOf(
      `${HEAD.replace('10115', '01067').replace('status: status', 'status: { lookup: status, in: { 01: CONFIRMED } }')}${LINES}`,
    ).map([{ ...row, status: '01' }]);
    expect(problems).toEqual([]);
    expect(order).toMatchObject({ status: 'CONFIRMED', shippingAddress: { postalCode: '01067' } });
  });

  it('notes an amount that is rounded', () => {
    const rounding = `${HEAD}${LINES}`
      .replace('total: total\n', 'total: { money: total, round: half-up }\n')
      .replace('amount: total', 'amount: { value: 20.20 }')
      .replace('unitPrice: price', 'unitPrice: { money: price, round: half-up }');
    const details = row.details.replace('10.10', '10.099');
    const { order, problems, notes } = mappingOf(rounding).map([{ ...row, total: '20.1951', details }]);
    expect({ total: order.total, problems, notes }).toEqual({
      total: 2020,
      problems: [],
      notes: ['total: is rounded', 'lineItems.unitPrice: is rounded'],
    });
  });

  it('notes text that was encoded twice, and totals that are kept although they are not the sum', () => {
    const { order, problems, notes } = mappingOf(HEAD + LINES).map([{ ...row, name: 'ZoÃ«', total: '1.00' }]);
    expect(problems).toEqual([]);
    expect(notes).toEqual(['total: is not the sum of its parts', 'a text looks as if it was encoded twice']);
    expect(order.total).toBe(100);
  });

  it('is guessed from the names of columns, the best name first', () => {
    const text = suggestedMapping(['id', 'no', 'bestellt_am', 'geaendert_am', 'order date']);
    expect(text).toContain('importedNumber: no\n');
    expect(text).toContain('updatedAt: { first: [geaendert_am, bestellt_am] }\n');
  });

  it.each([
    ['colour: red', 'an order has no field colour'],
    ['payment: { iban: x }', 'payment has no field iban'],
    ['total: [', 'is not YAML'],
    ['', 'a mapping must be a map'],
    ['- total', 'a mapping must be a map'],
    ['payment: provider', 'payment must be a map'],
    ['table: [orders]', 'table must be a text'],
    ['payment: { reference: { json: details } }', 'map.yaml: payment.reference: path must be a text'],
    ['zone: Mars', 'zone must be'],
    ['total: { money: total, round: up }', 'round can only be half-up'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => mappingOf(text)).toThrow(message);
  });
});

import 'reflect-metadata';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { checkShape, Order, orderRuleErrors, type ValidationError } from '#libs/order-requests';
import { asciiJson, type ImportedOrder, importOrder, publicOrder, type StoredOrder } from '#libs/orders';
import { UsageError } from '../environment.ts';
import { readTyped } from '../tool.ts';
import {
  compileExpression,
  type Expression,
  parsedJson,
  type Parts,
  partsOf,
  type Row,
  type Settings,
  type Value,
  wordOf,
} from './expressions.ts';
import { instantReader, minorUnits, RowProblem, wholeNumber } from './values.ts';

/** A problem of an order: a text that all orders with it share, and the order's own value. */
export type Problem = readonly [problem: string, value?: string | undefined];
export interface MappedOrder {
  /** The old number, where it can be computed. */
  number: string;
  imported: ImportedOrder;
  /** The order as version 1. */
  order: StoredOrder;
  problems: Problem[];
  /** What is imported as it is, although it is unusual. */
  notes: string[];
}
export type Mapping = ReturnType<typeof readMapping>;

const HEAD =
  'importedNumber customerId channel status currency placedAt updatedAt discount shipping tax shippingTax total purchaseOrderNumber';
const ADDRESS = 'name line1 line2 city region postalCode country';
/** The fields that a mapping may have: those of the order itself, then those of its parts. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '': HEAD.split(' '),
  shippingAddress: ADDRESS.split(' '),
  billingAddress: ADDRESS.split(' '),
  payment: ['provider', 'reference', 'amount'],
  shipment: ['carrier', 'trackingNumber', 'shippedAt', 'deliveredAt'],
  lineItems: ['each', 'sku', 'name', 'quantity', 'unitPrice', 'tax', 'shippedQuantity'],
};
const SETTINGS = ['table', 'order', 'zone', 'encoding', 'delimiter'];
const AMOUNT = /^(discount|shipping|tax|shippingTax|total|amount|unitPrice)$/;
const INSTANT = /At$/;
const QUANTITY = /^(quantity|shippedQuantity)$/;
const IS_SHIPPED = new Set(['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED']);
/** UTF-8 that was read as Latin-1 and written again. */
const ENCODED_TWICE = /\u00c3[\u0080-\u00bf]|\u00e2\u20ac/;

type Part = Record<string, Expression>;

/** Reads a mapping file. @throws UsageError that names the part which is wrong */
export function readMapping(file: string) {
  const text = readTyped(file);
  try {
    // The schema keeps what is written: 01067 is a postal code, and no number.
    const document: unknown = parse(text, { schema: 'failsafe' });
    return { text, ...mappingOf(partsOf(document, 'a mapping'), dirname(file)) };
  } catch (cause) {
    const what = cause instanceof UsageError ? '' : ' is not YAML';
    throw new UsageError(`${file}${what}: ${(cause as Error).message}`, { cause });
  }
}

function mappingOf(document: Parts, folder: string) {
  for (const name of SETTINGS) if (name in document) wordOf(document[name], name);
  const { table, order, zone = 'UTC', encoding, delimiter } = document as Partial<Record<string, string>>;
  const columns = new Set(order === undefined ? [] : [order]);
  const settings = { instantOf: instantReader(zone), folder, columns, report: { isRounded: false } };
  const isHead = ([name]: [string, unknown]) => !Object.hasOwn(FIELDS, name) && !SETTINGS.includes(name);
  const fields: Parts = { ...document, '': Object.fromEntries(Object.entries(document).filter(isHead)) };
  const parts = Object.fromEntries(
    Object.keys(FIELDS).map((name) => [name, partOf(name, fields[name] ?? {}, settings)]),
  );
  const map = (rows: readonly Row[]) => mapRows(parts, settings.report, rows);
  return { table, order, encoding, delimiter, columns, map };
}

function partOf(name: string, value: unknown, settings: Settings): Part {
  const entries = Object.entries(partsOf(value, name));
  const known = FIELDS[name] ?? [];
  const unknown = entries.find(([field]) => !known.includes(field));
  if (unknown) throw new UsageError(`${name || 'an order'} has no field ${unknown[0]}; it has ${known.join(', ')}`);
  // Beside a JSON list, the names are those of its elements, not of columns.
  const hasElements = entries.some(([field]) => field === 'each');
  const settingsOf = (field: string) =>
    hasElements && field !== 'each' ? { ...settings, columns: new Set<string>() } : settings;
  return Object.fromEntries(
    entries.map(([field, inner]) => {
      try {
        return [field, compiled(field, inner, settingsOf(field))];
      } catch (cause) {
        throw new UsageError(`${name && `${name}.`}${field}: ${(cause as Error).message}`, { cause });
      }
    }),
  );
}

/** Compiles the expression of a field, and converts its text to what the field has. */
function compiled(name: string, value: unknown, settings: Settings): Expression {
  const inner = compileExpression(value, settings);
  return (row, currency) => {
    const result = inner(row, currency);
    if (typeof result !== 'string') return result;
    if (result === '') return undefined;
    if (AMOUNT.test(name)) return minorUnits(result, currency);
    if (QUANTITY.test(name)) return wholeNumber(result);
    return INSTANT.test(name) ? settings.instantOf(result) : result;
  };
}

/** Maps the rows of one order, and collects all its problems. */
function mapRows(parts: Readonly<Record<string, Part>>, report: Settings['report'], rows: readonly Row[]): MappedOrder {
  const [problems, notes]: [Problem[], string[]] = [[], []];
  const [row = {}] = rows;
  let currency = '';
  const attempt = <Result>(name: string, read: () => Result): Result | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      problems.push([`${name}: ${error.message}`, error.value]);
      return undefined;
    }
  };
  const valuesOf = (name: string, of: Row = row): Record<string, Value> => {
    const fields = Object.entries(parts[name] ?? {}).filter(([field]) => field !== 'each');
    const values = fields.map(([field, expression]) => {
      const path = name ? `${name}.${field}` : field;
      report.isRounded = false;
      const value = attempt(path, () => expression(of, currency));
      if (report.isRounded) notes.push(`${path}: is rounded`);
      return [field, value] as const;
    });
    return Object.fromEntries(values.filter(([, value]) => value !== undefined));
  };
  currency = String(attempt('currency', () => parts['']?.['currency']?.(row, '')) ?? '');
  // The values of the head have the same problem again.
  problems.length = 0;
  const head = valuesOf('');
  for (const other of rows.slice(1)) {
    const differing = Object.entries(valuesOf('', other)).find(([name, value]) => head[name] !== value);
    if (differing) problems.push([`${differing[0]}: differs between the rows of the order`, String(differing[1])]);
  }
  const each = parts['lineItems']?.['each'];
  const elementsOfRow = () => elementsOf(parsedJson(String(each?.(row, '') ?? '[]')));
  const elements = each ? (attempt('lineItems.each', elementsOfRow) ?? []) : rows;
  const lines = elements.map((element) => valuesOf('lineItems', element));
  const updatedAt = head['updatedAt'] ?? head['placedAt'];
  const imported = {
    ...head,
    updatedAt,
    shippingAddress: valuesOf('shippingAddress'),
    billingAddress: valuesOf('billingAddress'),
    payment: valuesOf('payment'),
    lineItems: lines.map(({ shippedQuantity: _shipped, ...line }) => line),
    shipments: IS_SHIPPED.has(String(head['status']))
      ? [shipmentOf(head, lines, valuesOf('shipment'), updatedAt, problems)]
      : [],
  } as unknown as ImportedOrder;
  const order = importOrder(imported, 1, false);
  if (problems.length === 0) check(order, imported, problems, notes);
  return { number: String(head['importedNumber'] ?? ''), imported, order, problems, notes };
}

/** The elements of a JSON list as rows. */
function elementsOf(list: unknown): Row[] {
  const isObject = (one: unknown) => typeof one === 'object' && one !== null;
  if (!Array.isArray(list) || !list.every(isObject)) throw new RowProblem('is not a JSON list of objects');
  const textOf = (value: unknown) => (isObject(value) ? JSON.stringify(value) : (value as string | null));
  return list.map((element: object) =>
    Object.fromEntries(Object.entries(element).map(([name, value]) => [name, textOf(value)])),
  );
}

/** The one shipment of an imported order: all goods, or those of a partly shipped order that its rows name. */
function shipmentOf(
  { status }: Row | Record<string, Value>,
  lines: readonly Record<string, Value>[],
  given: Record<string, Value>,
  updatedAt: Value,
  problems: Problem[],
) {
  const isPartial = status === 'PARTIALLY_SHIPPED';
  const { shippedAt = updatedAt, deliveredAt = updatedAt, ...others } = given;
  const items = lines
    .map(({ quantity, shippedQuantity = isPartial ? 0 : quantity }, index) => ({
      lineNumber: index + 1,
      quantity: shippedQuantity,
    }))
    .filter((item) => item.quantity !== 0);
  const rests = lines.map(({ quantity, shippedQuantity = 0 }) => Number(quantity) - Number(shippedQuantity));
  if (isPartial && (items.length === 0 || rests.every((rest) => rest === 0) || rests.some((rest) => rest < 0)))
    problems.push(['lineItems.shippedQuantity: must be some, but not all goods of a PARTIALLY_SHIPPED order']);
  return { shipmentId: '1', ...others, items, shippedAt, ...(status === 'DELIVERED' && { deliveredAt }) };
}

/** The rules of our own orders, except that the totals stay as they are. */
function check(order: StoredOrder, imported: ImportedOrder, problems: Problem[], notes: string[]): void {
  const shape = checkShape(Order, publicOrder(order));
  const found = 'errors' in shape ? shape.errors : orderRuleErrors(imported);
  for (const error of found) {
    const name = error.pointer.slice(1).replaceAll('/', '.').replaceAll(/\.\d+/g, '');
    const isSum = !('errors' in shape) && (name === 'total' || name === 'payment.amount');
    if (isSum) notes.push(`${name}: is not the sum of its parts`);
    else problems.push([`${name}: ${error.detail}`, valueAt(order, error)]);
  }
  const texts = JSON.stringify(imported);
  if (texts.includes('\ufffd')) problems.push(['a text has a character that was lost by an encoding']);
  if (ENCODED_TWICE.test(texts)) notes.push('a text looks as if it was encoded twice');
}

function valueAt(order: object, { pointer }: ValidationError): string {
  const value = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], order);
  return asciiJson(value ?? null).slice(0, 200);
}

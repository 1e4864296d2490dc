import orderSchema from '../schemas/order.v1.schema.json' with { type: 'json' };
import type { Order, Payment } from '#libs/order-requests';

/** The names of an object's fields, each with the fields of the objects below it. */
type Fields = readonly (readonly [name: string, below: Fields | undefined])[];

interface Schema {
  type?: string;
  $ref?: string;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
}

/** The schema of events is written from the classes of an order, so a new field is in it; only the payment is not. */
const parts: Readonly<Record<string, Schema>> = orderSchema.$defs;
const PAYMENT: Record<keyof Payment, undefined> = { provider: undefined, reference: undefined, amount: undefined };
const ORDER_FIELDS: Fields = [...(fieldsOf(orderSchema) ?? []), ['payment', Object.entries(PAYMENT)]];

/** The order with the fields that answers and events have: none that only the service needs, or that somebody else wrote on the item. */
export function publicOrder(order: Order): Order {
  return known(order, ORDER_FIELDS) as Order;
}

function fieldsOf({ $ref = '', items, properties }: Schema): Fields | undefined {
  const below = parts[$ref.replace('#/$defs/', '')] ?? items;
  if (below) return fieldsOf(below);
  return properties && Object.entries(properties).map(([name, schema]) => [name, fieldsOf(schema)]);
}

function known(value: unknown, fields: Fields): unknown {
  if (Array.isArray(value)) return value.map((one) => known(one, fields));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, below] of fields) {
    const part = (value as Record<string, unknown>)[name];
    // An object where the schema has none is somebody else's.
    if (part !== undefined && (below || hasNoObject(part))) copy[name] = below ? known(part, below) : part;
  }
  return copy;
}

function hasNoObject(value: unknown): boolean {
  return Array.isArray(value) ? value.every(hasNoObject) : typeof value !== 'object' || value === null;
}

import { CHANNELS, ORDER_STATUSES, RETURN_REQUEST_STATUSES, RETURN_STATUSES } from '#libs/orders';

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Properties = Readonly<Record<string, JsonSchema>>;

const text = (minLength: number, maxLength: number) => ({ type: 'string', minLength, maxLength });
const amount = { type: 'integer', minimum: 0, description: "minor units of the order's currency" };
const count = { type: 'integer', minimum: 1 };
const instant = { type: 'string', format: 'date-time' };
const list = (items: JsonSchema, bounds: JsonSchema = {}) => ({ type: 'array', items, ...bounds });

/** An object that has these fields and no others; `optional` names those that may be absent. */
export function closedObject(properties: Properties, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, additionalProperties: false, properties };
}

const lineQuantities = list(closedObject({ lineNumber: count, quantity: count }), { minItems: 1, maxItems: 100 });

export const lineItemProperties = {
  lineNumber: { ...count, description: "counts the order's line items, from 1" },
  sku: text(1, 64),
  name: text(1, 200),
  quantity: count,
  unitPrice: amount,
} satisfies Properties;

const address = closedObject(
  {
    name: text(1, 200),
    line1: text(1, 200),
    line2: text(1, 200),
    city: text(1, 100),
    region: text(1, 100),
    postalCode: text(1, 20),
    country: { type: 'string', pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' },
  },
  ['line2', 'region'],
);

const payment = closedObject({ provider: text(1, 50), reference: text(1, 200), amount });

const shipment = closedObject(
  {
    shipmentId: text(1, 20),
    carrier: text(1, 100),
    trackingNumber: text(1, 100),
    items: lineQuantities,
    shippedAt: instant,
    deliveredAt: instant,
  },
  ['deliveredAt'],
);

const returnRequest = closedObject({
  returnId: text(1, 20),
  status: { enum: RETURN_REQUEST_STATUSES },
  items: lineQuantities,
  reason: text(1, 500),
  requestedAt: instant,
});

export const sellerSchema = closedObject({
  name: text(1, 2_048),
  address: list(text(1, 200), { minItems: 1, maxItems: 6 }),
  vatId: text(1, 2_048),
});

const creditNote = closedObject(
  {
    creditNoteNumber: text(1, 64),
    issuedAt: instant,
    returnId: { ...text(1, 20), description: 'absent when the order was cancelled' },
    goods: amount,
    discount: amount,
    shipping: amount,
    tax: amount,
    total: amount,
  },
  ['returnId'],
);

export const orderIdSchema: JsonSchema = { type: 'string', pattern: '^[0-9A-HJKMNP-TV-Z]{26}$' };

/** The fields of an order, and which of them it may lack. */
export const orderProperties = {
  orderId: orderIdSchema,
  customerId: text(1, 128),
  channel: { enum: CHANNELS },
  status: { enum: ORDER_STATUSES },
  version: { ...count, description: "counts the order's changes, from 1" },
  currency: { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217' },
  lineItems: list(closedObject(lineItemProperties), { minItems: 1, maxItems: 100 }),
  discount: amount,
  shipping: amount,
  tax: amount,
  total: amount,
  shippingAddress: address,
  billingAddress: address,
  payment,
  purchaseOrderNumber: text(1, 64),
  shipments: list(shipment),
  returns: list(returnRequest),
  returnStatus: { enum: RETURN_STATUSES },
  invoice: closedObject({ invoiceNumber: text(1, 64), issuedAt: instant, seller: sellerSchema }),
  creditNotes: list(creditNote),
  placedAt: instant,
  updatedAt: instant,
} satisfies Properties;

export const OPTIONAL_ORDER_PROPERTIES: readonly string[] = ['purchaseOrderNumber', 'invoice'];

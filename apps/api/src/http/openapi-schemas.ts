import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const text = { type: 'string' } as const;
const amount = { type: 'integer', minimum: 0, description: 'minor units of the currency' } as const;
const instant = { type: 'string', format: 'date-time' } as const;
const status = { type: 'string', enum: ['CONFIRMED', 'AWAITING_APPROVAL'] };
const channel = { type: 'string', enum: ['RETAIL', 'WHOLESALE'] };
const version = { type: 'integer', minimum: 1 } as const;
const links = { type: 'object', required: ['self'], properties: { self: { type: 'string', format: 'uri-reference' } } };

const summary = { orderId: text, status, channel, currency: text, total: amount, version, placedAt: instant, links };
const order = {
  ...summary,
  customerId: text,
  lineItems: { type: 'array', items: { $ref: '#/components/schemas/LineItemRequest' } },
  discount: amount,
  shipping: amount,
  tax: amount,
  shippingAddress: { $ref: '#/components/schemas/AddressRequest' },
  billingAddress: { $ref: '#/components/schemas/AddressRequest' },
  payment: { $ref: '#/components/schemas/PaymentRequest' },
  updatedAt: instant,
};

/** What the api answers, by name. */
export const responseSchemas = {
  AcceptedOrder: object({ orderId: text, status: { type: 'string', enum: ['PENDING'] }, links }),
  Order: { ...object(order), properties: { ...order, purchaseOrderNumber: text } },
  OrderPage: object({
    data: { type: 'array', items: object(summary) },
    nextCursor: { type: ['string', 'null'], description: 'for the next page; null on the last' },
  }),
  Problem: {
    ...object({ type: text, title: text, status: { type: 'integer' }, detail: text, instance: text }),
    properties: {
      type: text,
      title: text,
      status: { type: 'integer' },
      detail: text,
      instance: text,
      errors: {
        type: 'array',
        items: object({ pointer: { type: 'string', description: 'JSON Pointer, RFC 6901' }, detail: text }),
      },
    },
  },
} as unknown as Schemas;

function object(properties: Record<string, object>) {
  return { type: 'object', required: Object.keys(properties), properties };
}

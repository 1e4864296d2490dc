import type { OpenAPIObject } from '@nestjs/swagger';
import {
  CHANGE_REQUESTS,
  classSchemas,
  closedObject,
  EmptyRequest,
  type JsonSchema,
  LineItem,
  type ObjectSchema,
  Order,
  ORDER_PARTS,
  OrderLine,
  OrderRequest,
  OrderSubmission,
  Payment,
} from '#libs/order-requests';
import { COMMAND_NAMES, ORDER_EVENT_NAMES, ORDER_STATUSES } from '#libs/orders';
import { schemaRef } from './openapi-parts.ts';
import { PROBLEM_KINDS } from './problem.ts';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const text = { type: 'string' };
const path = { type: 'string', format: 'uri-reference' };
const instant = { type: 'string', format: 'date-time' };
const oneOf = (values: readonly string[]) => ({ type: 'string', enum: values });
const pending = oneOf(['PENDING']);
const version = { type: 'integer', minimum: 1 };
const links = (...names: string[]) => closedObject(Object.fromEntries(names.map((name) => [name, path])));
const list = (items: JsonSchema) => ({ type: 'array', items });

const classes = classSchemas(schemaRef('').$ref);
const { properties: order, required = [] } = classes[Order.name] as ObjectSchema;
type OrderSchemas = { readonly [Field in keyof Order]-?: JsonSchema };
const { orderId, status, channel, currency, total, placedAt, purchaseOrderNumber, customerId, importedNumber } =
  order as OrderSchemas;
const { discount: amount } = order as OrderSchemas;
const summary = { orderId, status, channel, currency, total, version, placedAt };
const staffSummary = {
  customerId,
  purchaseOrderNumber,
  importedNumber,
  since: { ...instant, description: 'in a list of work: the last change' },
};
const problemTypes = Object.keys(PROBLEM_KINDS).map((kind) => `urn:fargate-orders:problem:${kind}`);

const problem = {
  type: oneOf(problemTypes),
  title: text,
  status: { type: 'integer' },
  detail: text,
  instance: path,
  errors: {
    ...list(closedObject({ pointer: { ...text, description: 'JSON Pointer, RFC 6901' }, detail: text })),
    description: 'everything that is wrong with the request',
  },
  orderStatus: { ...oneOf(ORDER_STATUSES), description: 'of a refused command: the status of the order' },
  orderVersion: { ...version, description: 'of a refused command: the version of the order' },
  allowedCommands: {
    ...list(oneOf(COMMAND_NAMES)),
    description: 'of a refused command: the commands that the order allows this caller now, by operation',
  },
};

const historyEntry = {
  version,
  event: oneOf(ORDER_EVENT_NAMES),
  at: instant,
  by: {
    ...text,
    description: 'the subject who requested the change; customers read `staff` instead of the subject of another',
  },
  commandId: text,
  reason: text,
};

const command = {
  commandId: orderId,
  orderId,
  status: oneOf(['PENDING', 'APPLIED', 'REFUSED']),
  event: { ...oneOf(ORDER_EVENT_NAMES), description: 'the event of its change' },
  version: { ...version, description: 'the version of the order after it' },
  decidedAt: instant,
  refusal: schemaRef('Problem'),
  links: links('self', 'order'),
};

const { tax: _taxOfLine, ...documentLine } = classes[OrderLine.name]?.properties ?? {};
const salesDocument = {
  number: text,
  issuedAt: instant,
  orderId,
  orderedAt: instant,
  purchaseOrderNumber,
  currency,
  seller: schemaRef('Seller'),
  buyer: closedObject({ customerId, address: schemaRef('Address') }),
  lines: list(closedObject({ ...documentLine, amount })),
  goods: amount,
  discount: amount,
  net: amount,
  tax: amount,
  total,
};

const batchTotals = { accepted: { type: 'integer', minimum: 0 }, refused: { type: 'integer', minimum: 0 } };
const batchRow = {
  row: { ...version, description: 'counts the orders of the batch, from 1' },
  status: oneOf(['ACCEPTED', 'REFUSED']),
  orderId,
  problem: schemaRef('Problem'),
  links: links('order'),
};

/** The classes of requests and of an order's parts. */
const classesShown = [
  LineItem,
  Payment,
  ...Object.values(CHANGE_REQUESTS).filter((request) => request !== EmptyRequest),
  ...ORDER_PARTS,
];

/** The schemas of requests and answers, by name. */
export const componentSchemas = {
  ...Object.fromEntries(classesShown.map(({ name }) => [name, classes[name]])),
  // Clients know the body of an order by this name.
  [OrderRequest.name]: classes[OrderSubmission.name],
  AcceptedOrder: closedObject({ orderId, status: pending, links: links('self') }),
  Order: { ...closedObject({ ...order, links: links('self') }), required: [...required, 'links'] },
  OrderPage: closedObject({
    data: list(closedObject({ ...summary, ...staffSummary, links: links('self') }, Object.keys(staffSummary))),
    nextCursor: {
      type: ['string', 'null'],
      description: 'for the next page; null at the end of the list, and only there',
    },
  }),
  OrderHistory: closedObject({ orderId, data: list(closedObject(historyEntry, ['reason'])), links: links('order') }),
  AcceptedCommand: closedObject({ commandId: orderId, orderId, status: pending, links: links('self', 'order') }),
  AcceptedBatch: closedObject({ batchId: orderId, status: pending, ...batchTotals, links: links('self') }),
  OrderBatch: closedObject(
    {
      batchId: orderId,
      status: oneOf(['PENDING', 'COMPLETE']),
      ...batchTotals,
      data: list(closedObject(batchRow, ['orderId', 'problem', 'links'])),
      links: links('self'),
    },
    ['accepted', 'refused'],
  ),
  Invoice: closedObject(
    {
      documentType: { type: 'string', const: 'INVOICE' },
      ...salesDocument,
      deliverTo: schemaRef('Address'),
      shipping: amount,
      paid: closedObject({ provider: text, amount }),
    },
    ['purchaseOrderNumber'],
  ),
  CreditNote: closedObject(
    {
      documentType: { type: 'string', const: 'CREDIT_NOTE' },
      ...salesDocument,
      shipping: amount,
      invoiceNumber: text,
      returnId: text,
      reason: text,
    },
    ['purchaseOrderNumber', 'returnId', 'reason'],
  ),
  Command: closedObject(command, ['event', 'version', 'decidedAt', 'refusal']),
  Problem: closedObject(problem, ['errors', 'orderStatus', 'orderVersion', 'allowedCommands']),
  Health: {
    type: 'object',
    required: ['status'],
    properties: { status: oneOf(['live', 'ready', 'not_ready']), dependencies: { type: 'object' } },
  },
} as unknown as Schemas;

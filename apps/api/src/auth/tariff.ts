import type { FastifyRequest } from 'fastify';
import { COMMAND_NAMES, type CommandName } from '#libs/orders';
import { bodyBytesOf } from '../http/json-body.ts';
import { PDF_TYPE, readDocumentType, readWaitSeconds } from '../http/request-headers.ts';

/*
 * The cost of each operation in units of the caller's quota. A unit is the work of one order: some 0.5 ms of CPU time and
 * its share of the calls to AWS. A test holds the operations of `/openapi.json` against this table, and `npm run docs`
 * writes it into docs/http-api.md.
 */

export type Operation =
  | CommandName
  | 'placeOrder'
  | 'getOrder'
  | 'getOrderHistory'
  | 'listOrders'
  | 'watchOrder'
  | 'getCommand'
  | 'placeOrderBatch'
  | 'getOrderBatch'
  | 'getInvoice'
  | 'getCreditNote';

export interface Cost {
  units: number;
  /** What costs more, for the documentation. */
  more?: string;
  /** The units for what this request asks in addition. */
  extra?: (request: FastifyRequest) => number;
  /** The requests of one caller that are in progress at a time; the others wait. Default: any number. */
  atATime?: number;
}

/** A body costs a unit for each started 16 KiB beyond the first, whether it is accepted or refused. */
const BYTES_PER_UNIT = 16_384;
/** The units of a row of a batch. */
export const ROW_UNITS = 1;
/** The units of the check of a quote: half as much CPU time as an order. */
export const QUOTE_UNITS = 1;
/** The units that a body costs in addition when its check in detail begins, which takes up to 10 ms. */
export const REFUSED_UNITS = 4;
/** Whatever its operation costs, an answer costs a unit for each whole 8 KiB. */
export const ANSWER_BYTES_PER_UNIT = 8_192;
/** Reads of one caller at a time, each up to 6 ms of the event loop. */
const READS_AT_A_TIME = 4;
/** A PDF of a hundred lines takes 0.1 to 0.4 s of a thread. */
const PDF_UNITS = 20;
/** A list with a filter may need ten queries instead of one. */
const FILTER_UNITS = 19;

const WITH_WAIT: Cost = {
  units: 1,
  more: '1 for each second of `Prefer: wait`',
  extra: ({ headers }) => readWaitSeconds(headers.prefer),
};
const DOCUMENT: Cost = {
  units: 3,
  atATime: READS_AT_A_TIME,
  more: `${PDF_UNITS} as PDF`,
  extra: (request) => (readDocumentType(request) === PDF_TYPE ? PDF_UNITS : 0),
};

/** A query may read 100 orders for each that it lists, or eight partitions. */
const EXPENSIVE_FILTERS = ['status', 'returns', 'channel', 'purchaseOrderNumber', 'paymentReference'];

export const TARIFF: Readonly<Record<Operation, Cost>> = {
  placeOrder: { ...WITH_WAIT, more: `${WITH_WAIT.more}, ${QUOTE_UNITS} for a quote` },
  getOrder: { units: 1, atATime: READS_AT_A_TIME },
  getOrderHistory: { units: 4, atATime: READS_AT_A_TIME },
  listOrders: {
    units: 5,
    atATime: READS_AT_A_TIME,
    more: `${FILTER_UNITS} with \`status\`, \`returns\`, \`channel\` or a reference`,
    extra: ({ query }) => (EXPENSIVE_FILTERS.some((name) => name in (query as object)) ? FILTER_UNITS : 0),
  },
  watchOrder: { units: 10 },
  getCommand: { units: 2, atATime: READS_AT_A_TIME },
  placeOrderBatch: { units: 10, more: `${ROW_UNITS} for each row, ${QUOTE_UNITS} for each quote` },
  getOrderBatch: { units: 10, atATime: 1 },
  getInvoice: DOCUMENT,
  getCreditNote: DOCUMENT,
  ...(Object.fromEntries(COMMAND_NAMES.map((name) => [name, WITH_WAIT])) as Record<CommandName, Cost>),
};

/** The units of a request, before its body is looked at. */
export function unitsOf(operation: Operation, request: FastifyRequest): number {
  const { units, extra } = TARIFF[operation];
  return units + Math.floor(bodyBytesOf(request) / BYTES_PER_UNIT) + (extra?.(request) ?? 0);
}

import type { ValidationError } from '#libs/order-requests';
import type { OrderQuery } from '#libs/order-store';
import {
  type Caller,
  type Channel,
  CHANNELS,
  isWorkList,
  may,
  mayListWork,
  OPEN_RETURNS,
  ORDER_STATUSES,
  type OrderStatus,
  readInstant,
  STAFF_ROLES,
} from '#libs/orders';
import { Problem } from '../http/problem.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const MAX_CURSOR_LENGTH = 200;
const SUBJECT = /^[\x21-\x7e]{1,128}$/;
/** A query parameter: its schema in `/openapi.json`, and the check of its text. */
interface QueryParameter {
  schema: { type: string; [keyword: string]: unknown };
  description?: string;
  isValid: (text: string) => boolean;
  /** The error text of an invalid value. */
  rule: string;
}

/** The parameters of a list of orders. */
export const QUERY_PARAMETERS: Readonly<Record<string, QueryParameter>> = {
  limit: {
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    isValid: (text) => /^[1-9]\d{0,2}$/.test(text) && Number(text) <= MAX_LIMIT,
    rule: `must be a whole number from 1 to ${MAX_LIMIT}`,
  },
  cursor: {
    schema: { type: 'string' },
    description: '`nextCursor` of the page before, of the same query',
    isValid: (text) => text.length <= MAX_CURSOR_LENGTH,
    rule: 'must be the nextCursor of an earlier page',
  },
  status: oneOf(ORDER_STATUSES),
  returns: oneOf(OPEN_RETURNS, 'orders with a return of this status, for staff'),
  channel: oneOf(CHANNELS),
  from: instant('placed at this instant or later; in a list of work, last changed then'),
  to: instant('placed before this instant; in a list of work, last changed before it'),
  customerId: {
    schema: { type: 'string' },
    description: 'only operators can name another customer than themselves',
    isValid: (text) => SUBJECT.test(text),
    rule: 'must be a customer id',
  },
  purchaseOrderNumber: reference(64),
  paymentReference: reference(200),
  invoiceNumber: reference(64),
  importedNumber: reference(64),
};
const LOOKUPS = ['purchaseOrderNumber', 'paymentReference', 'invoiceNumber', 'importedNumber'] as const;

function reference(maxLength: number): QueryParameter {
  return {
    schema: { type: 'string' },
    description: 'only for operators, without any other filter',
    isValid: (text) => text.length > 0 && text.length <= maxLength,
    rule: `must have 1 to ${maxLength} characters`,
  };
}

function oneOf(values: readonly string[], description?: string): QueryParameter {
  return {
    schema: { type: 'string', enum: [...values] },
    ...(description && { description }),
    isValid: (text) => values.includes(text),
    rule: `must be one of ${values.join(', ')}`,
  };
}

function instant(description: string): QueryParameter {
  return {
    schema: { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] },
    description: `${description}; a date means its first instant in the seller's time zone`,
    isValid: (text) => readInstant(text, 'UTC') !== undefined,
    rule: 'must be an instant such as 2026-11-24T00:00:00Z, from 1970 on; a + of its zone is sent as %2B',
  };
}

/**
 * The query of a caller who may list orders.
 * @param timeZone IANA; dates without a time are in it
 * @throws Problem `invalid-request` with every error, or `forbidden` for the orders of another customer.
 */
export function ordersQueryOf(caller: Caller, parameters: Record<string, unknown>, timeZone: string): OrderQuery {
  const errors = Object.entries(parameters).flatMap(([name, value]) => errorsOf(name, value));
  if (errors.length > 0) throw invalidQuery(errors);
  const texts = parameters as Record<string, string>;
  const { limit = DEFAULT_LIMIT, cursor, status, channel } = texts;
  const [from, to] = [texts['from'], texts['to']].map((text) => text && readInstant(text, timeZone));
  if (to !== undefined && to <= (from ?? '1970-01-01T00:00:00.000Z')) {
    throw invalidQuery([{ pointer: '/to', detail: 'must be later than from' }]);
  }
  const of = listOf(caller, texts);
  return {
    of,
    limit: Number(limit),
    cursor,
    status: 'customerId' in of ? (status as OrderStatus | undefined) : undefined,
    channel: channel as Channel | undefined,
    from,
    to,
  };
}

function errorsOf(name: string, value: unknown): ValidationError[] {
  const pointer = `/${name.slice(0, 100)}`;
  const parameter = Object.hasOwn(QUERY_PARAMETERS, name) ? QUERY_PARAMETERS[name] : undefined;
  if (!parameter) return [{ pointer, detail: 'is not a known parameter' }];
  if (typeof value !== 'string') return [{ pointer, detail: 'must be given once' }];
  return parameter.isValid(value) ? [] : [{ pointer, detail: parameter.rule }];
}

/** A customer's own orders. Staff must name a customer, a list of work, or a number of the order. */
function listOf(caller: Caller, texts: Record<string, string>): OrderQuery['of'] {
  const { customerId, status, returns } = texts;
  const lookup = LOOKUPS.find((name) => texts[name] !== undefined);
  if (lookup) return lookupOf(caller, lookup, texts);
  if (customerId !== undefined && returns === undefined) {
    if (may(caller, 'listOrders', false) || customerId === caller.subject) return { customerId };
    throw new Problem('forbidden', 'the roles of this caller do not allow it to list the orders of another customer');
  }
  const isStaff = STAFF_ROLES.some((role) => caller.roles.includes(role));
  if (!isStaff && returns === undefined) return { customerId: caller.subject };
  if (returns !== undefined && (customerId ?? status) !== undefined) throw notCombined('returns');
  const work = returns ?? status;
  if (!isWorkList(work)) {
    throw invalidQuery([
      { pointer: '/customerId', detail: 'is required without a status or returns that staff work on' },
    ]);
  }
  if (mayListWork(caller, work)) return { work };
  throw new Problem('forbidden', `the roles of this caller do not allow it to list all orders that are ${work}`);
}

/** @throws Problem `forbidden` for any caller but operators. */
function lookupOf(caller: Caller, name: (typeof LOOKUPS)[number], texts: Record<string, string>): OrderQuery['of'] {
  if (!may(caller, 'listOrders', false)) throw new Problem('forbidden', `only operators can list orders by ${name}`);
  const others = Object.keys(texts).filter((other) => other !== name && other !== 'limit' && other !== 'cursor');
  if (others.length > 0) throw notCombined(name);
  return { [name]: texts[name] } as OrderQuery['of'];
}

function notCombined(name: string): Problem {
  return invalidQuery([{ pointer: `/${name}`, detail: 'cannot be combined with these parameters' }]);
}

function invalidQuery(errors: ValidationError[]): Problem {
  return new Problem('invalid-request', 'the query is invalid', { errors });
}

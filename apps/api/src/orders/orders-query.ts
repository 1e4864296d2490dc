import type { ValidationError } from '#libs/order-requests';
import type { OrderQuery } from '#libs/order-store';
import { type Caller, type Channel, CHANNELS, may, ORDER_STATUSES, type OrderStatus, readInstant } from '#libs/orders';
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
  channel: oneOf(CHANNELS),
  from: instant('placed at this instant or later'),
  to: instant('placed before this instant'),
  customerId: {
    schema: { type: 'string' },
    description: 'only operators can name another customer than themselves',
    isValid: (text) => SUBJECT.test(text),
    rule: 'must be a customer id',
  },
};

function oneOf(values: readonly string[]): QueryParameter {
  return {
    schema: { type: 'string', enum: [...values] },
    isValid: (text) => values.includes(text),
    rule: `must be one of ${values.join(', ')}`,
  };
}

function instant(description: string): QueryParameter {
  return {
    schema: { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] },
    description: `${description}; a date means its first instant in UTC`,
    isValid: (text) => readInstant(text) !== undefined,
    rule: 'must be an instant such as 2026-11-24T00:00:00Z, from 1970 on; a + of its zone is sent as %2B',
  };
}

/**
 * The query of a caller who may list orders.
 * @throws Problem `invalid-request` with every error, or `forbidden` for the orders of another customer.
 */
export function ordersQueryOf(caller: Caller, parameters: Record<string, unknown>): OrderQuery {
  const errors = Object.entries(parameters).flatMap(([name, value]) => errorsOf(name, value));
  if (errors.length > 0) throw invalidQuery(errors);
  const texts = parameters as Record<string, string>;
  const { limit = DEFAULT_LIMIT, cursor, status, channel } = texts;
  const [from, to] = [texts['from'], texts['to']].map((text) => text && readInstant(text));
  if (to !== undefined && to <= (from ?? '1970-01-01T00:00:00.000Z')) {
    throw invalidQuery([{ pointer: '/to', detail: 'must be later than from' }]);
  }
  return {
    of: ownerOf(caller, texts),
    limit: Number(limit),
    cursor,
    status: status as OrderStatus | undefined,
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

/** A customer's own orders. A caller who may list any order must name a customer, or list those that await approval. */
function ownerOf(caller: Caller, { customerId, status }: Record<string, string>): OrderQuery['of'] {
  const mayListAny = may(caller, 'listOrders', false);
  if (customerId !== undefined) {
    if (mayListAny || customerId === caller.subject) return { customerId };
    throw new Problem('forbidden', 'the roles of this caller do not allow it to list the orders of another customer');
  }
  if (!mayListAny) return { customerId: caller.subject };
  if (status === 'AWAITING_APPROVAL') return { approvalQueue: status };
  throw invalidQuery([{ pointer: '/customerId', detail: 'is required, unless status=AWAITING_APPROVAL' }]);
}

function invalidQuery(errors: ValidationError[]): Problem {
  return new Problem('invalid-request', 'the query is invalid', { errors });
}

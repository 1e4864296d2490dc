import type { ValidationError } from '#libs/order-requests';
import type { OrderQuery } from '#libs/order-store';
import { type Caller, type Channel, CHANNELS, may, ORDER_STATUSES, type OrderStatus } from '#libs/orders';
import { Problem } from '../http/problem.ts';

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;
const MAX_CURSOR_LENGTH = 200;
const SUBJECT = /^[\x21-\x7e]{1,128}$/;
/** RFC 3339, with a zone; a date alone is its first instant, UTC. */
const INSTANT = /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2}))?$/;
/** Texts of later years are not in the order of their instants. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

type Parameters = Record<string, unknown>;
type Rule = (value: string) => true | string;

const RULES: Record<string, Rule> = {
  limit: (value) =>
    (/^[1-9]\d{0,2}$/.test(value) && Number(value) <= MAX_LIMIT) || `must be a whole number from 1 to ${MAX_LIMIT}`,
  cursor: (value) => value.length <= MAX_CURSOR_LENGTH || 'must be the nextCursor of an earlier page',
  status: (value) => isOneOf(ORDER_STATUSES, value) || `must be one of ${ORDER_STATUSES.join(', ')}`,
  channel: (value) => isOneOf(CHANNELS, value) || `must be one of ${CHANNELS.join(', ')}`,
  from: (value) => instantOf(value) !== undefined || 'must be an instant such as 2026-11-24T00:00:00Z, from 1970 on',
  to: (value) => instantOf(value) !== undefined || 'must be an instant such as 2026-11-24T00:00:00Z, from 1970 on',
  customerId: (value) => SUBJECT.test(value) || 'must be a customer id',
};

/**
 * The query of a caller who may list orders.
 * @throws Problem `invalid-request` with everything that is wrong, or `forbidden` for the orders of another customer.
 */
export function ordersQueryOf(caller: Caller, parameters: Parameters): OrderQuery {
  const errors = errorsOf(parameters);
  if (errors.length > 0) throw invalidQuery(errors);
  const { limit = String(DEFAULT_LIMIT), cursor, status, channel, from, to } = parameters as Record<string, string>;
  const [first, end] = [from, to].map((instant) => instant && instantOf(instant));
  if (end !== undefined && end <= (first ?? '1970-01-01T00:00:00.000Z')) {
    throw invalidQuery([{ pointer: '/to', detail: 'must be later than from' }]);
  }
  return {
    of: ownerOf(caller, parameters as Record<string, string>),
    limit: Number(limit),
    cursor,
    status: status as OrderStatus | undefined,
    channel: channel as Channel | undefined,
    from: first,
    to: end,
  };
}

function errorsOf(parameters: Parameters): ValidationError[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    const verdict = rule ? typeof value === 'string' && rule(value) : 'is not a known parameter';
    if (verdict === true) return [];
    return [{ pointer: `/${name.slice(0, 100)}`, detail: verdict || 'must be given once' }];
  });
}

/** Customers list their own orders; callers who may list any name a customer, or list those that await approval. */
function ownerOf(caller: Caller, { customerId, status }: Record<string, string>): OrderQuery['of'] {
  const mayListAny = may(caller, 'listOrders', false);
  if (customerId !== undefined) {
    if (mayListAny || customerId === caller.subject) return { customerId };
    throw new Problem('forbidden', 'the roles of this caller do not allow it to list the orders of another customer');
  }
  if (!mayListAny) return { customerId: caller.subject };
  if (status === 'AWAITING_APPROVAL') return { approvalQueue: status };
  throw invalidQuery([
    { pointer: '/customerId', detail: 'is missing; only status=AWAITING_APPROVAL lists orders of all' },
  ]);
}

function instantOf(text: string): string | undefined {
  const [, year = 0, month = 0, day = 0] = (INSTANT.exec(text) ?? []).map(Number);
  // Date.parse takes February 30 for March 2.
  if (day === 0 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  const ms = Date.parse(text);
  return ms >= 0 && ms <= LAST_MS ? new Date(ms).toISOString() : undefined;
}

function isOneOf(values: readonly string[], value: string): boolean {
  return values.includes(value);
}

function invalidQuery(errors: ValidationError[]): Problem {
  return new Problem('invalid-request', 'the query is invalid', { errors });
}

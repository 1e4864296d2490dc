import { isOrderId, readInstant, REPLAY_ID } from '#libs/orders';
import { eventConsumerNames, type EventConsumerName } from '#libs/resources';
import { timeZoneOf, UsageError } from '../environment.ts';
import { parsed, readTyped } from '../tool.ts';

const MAX_RATE = 3_000;
export const MAX_READ_UNITS = 10_000;

export const usage = `type for example
  npm run relay:replay -- --to inventory --order 9WVF684MTE7GGR38H0ZE7CHBP1 --dry-run
  npm run relay:replay -- --to inventory --from 2026-01-02T08:00Z --until 2026-01-02T09:00Z --why "stream gap"
services      --to ${eventConsumerNames.join('|')}|all
orders        --order ID (again for more), or --orders FILE with one id a line
events        --from TIME and --until TIME (default now): published in this time; without --order those of all orders
options       --dry-run sends nothing; --rate 100 events and --read-rate 500 read units of the table a second;
              --why "what for" and --by NAME for the log; --stage NAME on AWS; --json
to continue   --replay ID --after CURSOR, as printed`;

const options = {
  to: { type: 'string' },
  order: { type: 'string', multiple: true, default: [] as string[] },
  orders: { type: 'string' },
  from: { type: 'string' },
  until: { type: 'string' },
  replay: { type: 'string' },
  after: { type: 'string' },
  rate: { type: 'string', default: '100' },
  'read-rate': { type: 'string', default: '500' },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  stage: { type: 'string' },
  why: { type: 'string' },
  by: { type: 'string' },
} as const;

export type ReplayArguments = ReturnType<typeof readArguments>;
export type TimeWindow = NonNullable<ReturnType<typeof windowOf>>;

/** @throws UsageError that names the option and what is allowed */
export function readArguments(args: readonly string[], now = new Date()) {
  const { values } = parsed({ args: [...args], options });
  const { after } = values;
  const orderIds = orderIdsOf(values.order, values.orders);
  const window = windowOf(values, now, timeZoneOf(values.stage));
  if (!orderIds && !window) throw new UsageError('which orders? Type --order ID, --orders FILE or --from TIME');
  if (orderIds && after !== undefined && !orderIds.includes(after))
    throw new UsageError(`--after must be one of the orders, got ${after}`);
  return {
    ...values,
    after,
    consumers: consumersOf(values.to),
    /** The ids without duplicates; undefined: all orders of the window. */
    orderIds: after === undefined ? orderIds : orderIds?.slice(orderIds.indexOf(after) + 1),
    window,
    replay: replayIdOf(values.replay, now),
    dryRun: values['dry-run'],
    rate: numberOf('--rate', values.rate, MAX_RATE),
    /** Read units a second that a scan of the table may consume. */
    readRate: numberOf('--read-rate', values['read-rate'], MAX_READ_UNITS),
  };
}

function consumersOf(to: string | undefined): readonly EventConsumerName[] {
  const consumers = eventConsumerNames.filter((name) => to === name || to === 'all');
  if (consumers.length > 0) return consumers;
  const names = `Type --to ${eventConsumerNames.join(', --to ')} or --to all`;
  throw new UsageError(`which service? ${names}${to ? `; there is no ${to}` : ''}`);
}

function orderIdsOf(typed: readonly string[], file: string | undefined): readonly string[] | undefined {
  if (typed.length === 0 && file === undefined) return undefined;
  const ids = [...new Set([...typed, ...(file === undefined ? [] : linesOf(file))])];
  const wrong = ids.filter((id) => !isOrderId(id));
  if (wrong.length > 0) throw new UsageError(`an order id has 26 characters, these are invalid: ${wrong.join(', ')}`);
  if (ids.length === 0) throw new UsageError(`there is no order id in ${file}`);
  return ids;
}

function linesOf(file: string): string[] {
  const lines = readTyped(file).split('\n');
  return lines.map((line) => line.trim()).filter(Boolean);
}

/** The start of a time window (included) and its end (excluded); ISO 8601, UTC, milliseconds. Days are in `timeZone`. */
function windowOf({ from, until }: { from?: string; until?: string }, now: Date, timeZone: string) {
  if (from === undefined && until === undefined) return undefined;
  if (from === undefined) throw new UsageError('since when? Type --from TIME beside --until');
  const window = {
    from: instantOf('--from', from, timeZone),
    until: instantOf('--until', until ?? now.toISOString(), timeZone),
  };
  if (window.from < window.until) return window;
  throw new UsageError(`--from must be before --until, got ${window.from} and ${window.until}`);
}

export function instantOf(option: string, text: string, timeZone: string): string {
  const instant = readInstant(text, timeZone);
  if (instant !== undefined) return instant;
  throw new UsageError(`${option} must be a time with its zone, such as 2026-01-02T08:00Z, or a day; got ${text}`);
}

/** The period from `from` (included) to `to` (excluded, default now); days are those of the seller. */
export function periodOf(
  typed: { from?: string | undefined; to?: string | undefined; stage?: string | undefined },
  now: Date,
) {
  if (typed.from === undefined) throw new UsageError('since when? Type --from TIME');
  const timeZone = timeZoneOf(typed.stage);
  const from = instantOf('--from', typed.from, timeZone);
  const to = instantOf('--to', typed.to ?? now.toISOString(), timeZone);
  if (from < to) return { from, to, timeZone };
  throw new UsageError(`--from must be before --to, got ${from} and ${to}`);
}

/** A new id contains the start time of the replay. */
function replayIdOf(typed: string | undefined, now: Date): string {
  const random = Math.random().toString(36).slice(2, 8).padEnd(6, '0');
  const id = typed ?? `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z-${random}`;
  if (REPLAY_ID.test(id)) return id;
  throw new UsageError(`--replay takes 1 to 64 characters of A-Z, a-z, 0-9, dot, dash and underscore, got ${id}`);
}

export function numberOf(option: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= most) return value;
  throw new UsageError(`${option} must be a number above 0 and up to ${most}, got ${text}`);
}

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { eventConsumerNames, type EventConsumerName } from '#libs/resources';
import { isOrderId, REPLAY_ID } from '#libs/orders';
import { UsageError } from '../usage-error.ts';

const MAX_RATE = 3_000;
const MAX_READ_UNITS = 10_000;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

export const usage = `type for example
  npm run relay:replay -- --to inventory --order 9WVF684MTE7GGR38H0ZE7CHBP1 --dry-run
  npm run relay:replay -- --to inventory --from 2026-01-02T08:00Z --until 2026-01-02T09:00Z --why "stream gap"
to whom       --to ${eventConsumerNames.join('|')}|all
which orders  --order ID (again for more), or --orders FILE with an id a line
which events  --from TIME and --until TIME (default now): told in this time; without --order of any order
also          --dry-run sends nothing; --rate 100 events and --read-rate 500 read units of the table a second;
              --why "what for" and --by NAME for the log; --stage NAME on AWS; --json
to go on      --replay ID --after CURSOR, as it was printed`;

/** From the first instant on, before the last; ISO 8601, UTC, milliseconds. */
export interface TimeWindow {
  from: string;
  until: string;
}

export interface ReplayOptions {
  consumers: readonly EventConsumerName[];
  /** Each once; undefined: any order of the window. */
  orderIds: readonly string[] | undefined;
  window: TimeWindow | undefined;
  replay: string;
  after: string | undefined;
  dryRun: boolean;
  /** Events a second. */
  rate: number;
  /** Read units a second that looking through the table may take. */
  readRate: number;
  json: boolean;
  stage: string | undefined;
  why: string | undefined;
  by: string | undefined;
}

export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/** @throws UsageError that says what was expected of which option */
export function readOptions(args: readonly string[], now: Date): ReplayOptions {
  const values = parsed(args);
  const orderIds = orderIdsOf(values);
  const window = windowOf(values, now);
  if (!orderIds && !window) throw new UsageError('which orders? Type --order ID, --orders FILE or --from TIME');
  return {
    consumers: consumersOf(values.to),
    orderIds,
    window,
    replay: replayIdOf(values.replay, now),
    after: values.after,
    dryRun: values['dry-run'],
    rate: numberOf('--rate', values.rate, MAX_RATE),
    readRate: numberOf('--read-rate', values['read-rate'], MAX_READ_UNITS),
    json: values.json,
    stage: values.stage,
    why: values.why,
    by: values.by,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        to: { type: 'string' },
        order: { type: 'string', multiple: true },
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
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function consumersOf(to: string | undefined): readonly EventConsumerName[] {
  if (to === 'all') return eventConsumerNames;
  const consumer = eventConsumerNames.find((name) => name === to);
  if (consumer) return [consumer];
  throw new UsageError(
    `to whom? Type --to ${eventConsumerNames.join(', --to ')} or --to all${to ? `; there is no ${to}` : ''}`,
  );
}

function orderIdsOf({ order = [], orders }: { order?: string[] | undefined; orders?: string | undefined }) {
  if (order.length === 0 && orders === undefined) return undefined;
  const ids = [...new Set([...order, ...(orders === undefined ? [] : linesOf(orders))])];
  const wrong = ids.filter((id) => !isOrderId(id));
  if (wrong.length > 0) throw new UsageError(`an order id has 26 characters, these are none: ${wrong.join(', ')}`);
  if (ids.length === 0) throw new UsageError(`there is no order id in ${orders}`);
  return ids;
}

function linesOf(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.map((line) => line.trim()).filter(Boolean);
  } catch (error) {
    throw new UsageError(`can not read --orders ${file}: ${(error as Error).message}`);
  }
}

function windowOf(values: { from?: string | undefined; until?: string | undefined }, now: Date) {
  const { from, until } = values;
  if (from === undefined && until === undefined) return undefined;
  if (from === undefined) throw new UsageError('since when? Type --from TIME beside --until');
  const window = {
    from: instantOf('--from', from),
    until: until === undefined ? now.toISOString() : instantOf('--until', until),
  };
  if (window.from < window.until) return window;
  throw new UsageError(`--from must be before --until, got ${window.from} and ${window.until}`);
}

function instantOf(option: string, text: string): string {
  const milliseconds = INSTANT.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return new Date(milliseconds).toISOString();
  throw new UsageError(`${option} must be a time with its zone, such as 2026-01-02T08:00Z, or a day; got ${text}`);
}

/** To JavaScript 30 February is 2 March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Of itself it tells when it began. */
function replayIdOf(given: string | undefined, now: Date): string {
  if (given === undefined) return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z-${randomText()}`;
  if (REPLAY_ID.test(given)) return given;
  throw new UsageError(`--replay takes 1 to 64 letters, digits, dots, dashes and underscores, got ${given}`);
}

function randomText(): string {
  return Math.random().toString(36).slice(2, 8).padEnd(6, '0');
}

function numberOf(option: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= most) return value;
  throw new UsageError(`${option} must be a number above 0 and up to ${most}, got ${text}`);
}

import { parseArgs } from 'node:util';
import { isOrderId } from '#libs/orders';
import { UsageError } from '../usage-error.ts';
import { deadLetterQueue, deadLetterQueues, type DeadLetterQueue } from './dead-letter-queues.ts';
import type { LetterFilter } from './letter-filter.ts';

export const DEFAULT_RATE = 50;
const MAX_RATE = 1_000;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
/** Of a message id, which is a UUID, or the start of one. */
const MESSAGE_ID = /^[0-9a-f-]{8,36}$/i;
const ORDER_KEY = /^[0-9A-Z]{16}$/;

const options = {
  stage: { type: 'string' },
  json: { type: 'boolean' },
  reason: { type: 'string' },
  order: { type: 'string' },
  message: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  limit: { type: 'string' },
  body: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  rate: { type: 'string' },
  into: { type: 'string' },
  by: { type: 'string' },
  why: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
type OptionName = keyof typeof options;

const SELECTION = ['reason', 'order', 'message'] as const;
const ACT = ['all', ...SELECTION, 'dry-run', 'rate', 'by', 'why'] as const;

/** What can be typed, and which options belong to it beside `--stage` and `--json`. */
const commands = {
  overview: [],
  list: [...SELECTION, 'limit'],
  show: ['body'],
  redrive: ACT,
  discard: [...ACT, 'into'],
  unpark: ['by', 'why'],
  log: ['limit'],
} as const satisfies Record<string, readonly OptionName[]>;
export type DlqCommand = keyof typeof commands;

export interface DlqArguments {
  readonly command: DlqCommand | 'help';
  readonly stage: string | undefined;
  readonly json: boolean;
  readonly queue?: DeadLetterQueue;
  /** Of `show`: a message id or its start. */
  readonly messageId?: string;
  /** Of `unpark`: an order id or its key. */
  readonly order?: string;
  readonly filter: LetterFilter;
  readonly limit: number;
  readonly body: boolean;
  readonly dryRun: boolean;
  /** Messages a second. */
  readonly rate: number;
  readonly into?: string;
  readonly by: string | undefined;
  readonly why: string | undefined;
}

export const usage = `type
  npm run dlq                                        what lies in all dead-letter queues, and why
  npm run dlq -- list QUEUE                          its messages; --reason R, --order ID, --limit N
  npm run dlq -- show QUEUE MESSAGE                  one with its whole story; --body prints what it says
  npm run dlq -- redrive QUEUE --all --why "..."     back where they came from; --reason R, --order ID or --message ID
                                                     instead of --all; --dry-run, --rate N a second (${DEFAULT_RATE})
  npm run dlq -- discard QUEUE --reason R --into FILE --why "..."    into a file; selected as for redrive
  npm run dlq -- unpark ORDER --why "..."            an order whose last letter is lost flows again
  npm run dlq -- log                                 what was done, by whom and why
Everywhere: --stage NAME for a stage on AWS (else what npm start runs here), --json for programs, --by NAME who does it.
Queues: ${deadLetterQueues.map(({ name }) => name).join(', ')}`;

/** @throws UsageError that says what was expected of which argument */
export function readArguments(args: readonly string[]): DlqArguments {
  const { values, positionals } = parsed(args);
  if (values.help) return { ...settings({}), command: 'help' };
  const [typed = 'overview', ...places] = positionals;
  const command = commandOf(typed);
  mustFit(command, values);
  const common = { ...settings(values), command };
  const where = placesOf(command, places, values);
  if (command === 'redrive' || command === 'discard') mustSelect(values, command);
  if (command === 'discard' && !values.into && !values['dry-run'])
    throw new UsageError('a message leaves its queue only for somewhere else: type --into FILE');
  return { ...common, ...where };
}

type Values = ReturnType<typeof parsed>['values'];

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function commandOf(typed: string): DlqCommand {
  if (Object.hasOwn(commands, typed)) return typed as DlqCommand;
  throw new UsageError(`there is no command ${typed}: type one of ${Object.keys(commands).join(', ')}`);
}

/** An option that a command does not know would be passed over in silence, say a `--dry-run`. */
function mustFit(command: DlqCommand, values: Values): void {
  const known: readonly string[] = [...commands[command], 'stage', 'json'];
  const strange = Object.keys(values).find((name) => !known.includes(name));
  if (strange === undefined) return;
  const users = Object.entries(commands).filter(([, names]) => (names as readonly string[]).includes(strange));
  throw new UsageError(`--${strange} is for ${users.map(([name]) => name).join(', ')}, not for ${command}`);
}

function placesOf(command: DlqCommand, places: readonly string[], { reason }: Values): Partial<DlqArguments> {
  const most = { overview: 0, log: 0, show: 2 }[command as string] ?? 1;
  if (places.length > most) throw new UsageError(`${places[most]} is one too many for ${command}`);
  if (command === 'overview' || command === 'log') return {};
  if (command === 'unpark') return { order: orderOf(places[0]) };
  const queue = deadLetterQueue(places[0]);
  if (reason !== undefined && !queue.reasons.includes(reason))
    throw new UsageError(`in ${queue.name} there is no reason ${reason}: type one of ${queue.reasons.join(', ')}`);
  if (command !== 'show') return { queue };
  if (places[1] === undefined)
    throw new UsageError(`which message? Type an id that npm run dlq -- list ${queue.name} prints`);
  return { queue, messageId: messageIdOf(places[1]) };
}

/** Nothing is selected by leaving something out. */
function mustSelect(values: Values, command: DlqCommand): void {
  const selects = SELECTION.some((name) => values[name] !== undefined);
  if (values.all && selects) throw new UsageError('--all and a selection exclude each other: leave one out');
  if (values.all || selects) return;
  throw new UsageError(`${command} which messages? Type --all, --reason R, --order ID or --message ID`);
}

function settings(values: Values): Omit<DlqArguments, 'command'> {
  const { stage, json = false, reason, order, message, limit, rate, into, by, why } = values;
  return {
    stage,
    json,
    filter: {
      ...(reason !== undefined && { reason }),
      ...(order !== undefined && { order: orderOf(order) }),
      ...(message !== undefined && { messages: message.map(messageIdOf) }),
    },
    limit: limit === undefined ? DEFAULT_LIMIT : wholeNumber('--limit', limit, MAX_LIMIT),
    body: values.body ?? false,
    dryRun: values['dry-run'] ?? false,
    rate: rate === undefined ? DEFAULT_RATE : wholeNumber('--rate', rate, MAX_RATE),
    ...(into !== undefined && { into }),
    by,
    why,
  };
}

function orderOf(typed: string | undefined): string {
  if (typed !== undefined && (isOrderId(typed) || ORDER_KEY.test(typed))) return typed;
  throw new UsageError(
    `an order id has 26 capital letters and digits, its key the first 16, got ${typed ?? 'nothing'}`,
  );
}

function messageIdOf(typed: string): string {
  if (MESSAGE_ID.test(typed)) return typed.toLowerCase();
  throw new UsageError(`a message id is a UUID, of which the first 8 digits will do, got ${typed}`);
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`${name} must be a whole number from 1 to ${most}, got ${text}`);
}

import { isOrderId } from '#libs/orders';
import { UsageError } from '../environment.ts';
import { parsed } from '../tool.ts';
import type { DeadLetterQueue } from './dead-letter-message.ts';
import { relayQueue } from './relay-queue.ts';
import { subscriberQueues } from './subscriber-queues.ts';
import { workerQueue } from './worker-queue.ts';

/** All dead-letter queues, in the order in which an order passes them. */
export const deadLetterQueues: readonly DeadLetterQueue[] = [workerQueue, relayQueue, ...subscriberQueues];

const MAX_RATE = 1_000;
const MAX_LIMIT = 10_000;
/** A message id is a UUID. Its first 8 digits are enough. */
const MESSAGE_ID = /^[0-9a-f-]{8,36}$/i;
const ORDER_KEY = /^[0-9A-Z]{16}$/;

export const usage = `type
  npm run dlq                                        all dead-letter queues: how many messages, and why
  npm run dlq -- list QUEUE                          its messages; --reason R, --order ID, --message ID, --limit N
  npm run dlq -- show QUEUE MESSAGE                  one message with its order and logs; --body prints its body
  npm run dlq -- redrive QUEUE --all --why "..."     back to their source; --reason R, --order ID or --message ID
                                                     instead of --all; --dry-run, --rate N a second (50)
  npm run dlq -- discard QUEUE --reason R --into FILE --why "..."    into a file; selected as for redrive
  npm run dlq -- unpark ORDER --why "..."            ends the quarantine of an order whose last message is lost
  npm run dlq -- log                                 the operations: what, who and why; --limit N
All commands: --stage NAME for a stage on AWS (default: what npm start runs here), --json for programs.
Commands that change something: --by NAME of the operator.
Queues: ${deadLetterQueues.map(({ name }) => name).join(', ')}`;

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
} as const;

const FILTER = ['reason', 'order', 'message'] as const;
const MOVE = ['all', ...FILTER, 'dry-run', 'rate', 'by', 'why'] as const;

/** The number of words after each command, and its options besides `--stage` and `--json`. */
const commands: Record<string, { words: number; options: readonly (keyof typeof options)[] }> = {
  overview: { words: 0, options: [] },
  list: { words: 1, options: [...FILTER, 'limit'] },
  show: { words: 2, options: ['body'] },
  redrive: { words: 1, options: MOVE },
  discard: { words: 1, options: [...MOVE, 'into'] },
  unpark: { words: 1, options: ['by', 'why'] },
  log: { words: 0, options: ['limit'] },
};

export type DlqArguments = ReturnType<typeof readArguments>;

/** @throws UsageError that names the argument and what is allowed */
export function readArguments(args: readonly string[]) {
  const { values, positionals } = parsed({ args: [...args], options, allowPositionals: true });
  const [command = 'overview', ...words] = positionals;
  mustFit(command, words, values);
  if (command === 'redrive' || command === 'discard') mustSelect(command, values);
  const { reason, limit = '100', rate = '50' } = values;
  const ofQueue = !['overview', 'unpark', 'log'].includes(command);
  const order = command === 'unpark' ? (words[0] ?? 'nothing') : values.order;
  const messages = command === 'show' ? [words[1] ?? 'nothing'] : values.message;
  return {
    ...values,
    command,
    queue: ofQueue ? queueOf(words[0], reason) : undefined,
    filter: {
      ...(reason !== undefined && { code: reason }),
      ...(order !== undefined && { order: orderOf(order) }),
      ...(messages !== undefined && { messages: messages.map(messageIdOf) }),
    },
    dryRun: values['dry-run'] === true,
    limit: wholeNumber('--limit', limit, MAX_LIMIT),
    rate: wholeNumber('--rate', rate, MAX_RATE),
  };
}

type Values = ReturnType<typeof parsed<{ options: typeof options }>>['values'];

/** Refuses an option that the command does not have: it would be ignored, for example a `--dry-run`. */
function mustFit(command: string, words: readonly string[], values: Values): void {
  const known = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!known) throw new UsageError(`there is no command ${command}: type one of ${Object.keys(commands).join(', ')}`);
  const { [known.words]: tooMany } = words;
  if (tooMany !== undefined) throw new UsageError(`${tooMany} is one too many for ${command}`);
  const names = Object.keys(values) as (keyof Values)[];
  const unknown = names.find((name) => !['stage', 'json', ...known.options].includes(name));
  if (unknown === undefined) return;
  const users = Object.keys(commands).filter((name) => commands[name]?.options.includes(unknown));
  throw new UsageError(`--${unknown} is for ${users.join(', ')}, not for ${command}`);
}

/** All messages are selected only by `--all`, not by leaving out a filter. */
function mustSelect(command: string, values: Values): void {
  const isFiltered = FILTER.some((name) => values[name] !== undefined);
  if (values.all && isFiltered) throw new UsageError('--all and a selection exclude each other: leave one out');
  if (!values.all && !isFiltered)
    throw new UsageError(`${command} which messages? Type --all, --reason R, --order ID or --message ID`);
  if (command === 'discard' && !values.into && !values['dry-run'])
    throw new UsageError('a discarded message is written to a file: type --into FILE');
}

/** Finds a queue by its name without the ending: `inventory` is `inventory-dlq.fifo`. */
function queueOf(typed: string | undefined, reason: string | undefined): DeadLetterQueue {
  const queue = deadLetterQueues.find(({ name }) => typed === name || typed === name.replace(/-dlq(\.fifo)?$/, ''));
  if (!queue) {
    const problem = typed === undefined ? 'which queue?' : `there is no dead-letter queue ${typed}.`;
    throw new UsageError(`${problem} Type one of ${deadLetterQueues.map(({ name }) => name).join(', ')}`);
  }
  if (reason === undefined || queue.codes.includes(reason)) return queue;
  throw new UsageError(`in ${queue.name} there is no reason ${reason}: type one of ${queue.codes.join(', ')}`);
}

function orderOf(typed: string): string {
  if (isOrderId(typed) || ORDER_KEY.test(typed)) return typed;
  throw new UsageError(`an order id has 26 capital letters and digits, its key the first 16, got ${typed}`);
}

function messageIdOf(typed: string): string {
  if (MESSAGE_ID.test(typed)) return typed.toLowerCase();
  throw new UsageError(
    `a message id is a UUID, its first 8 digits are enough, got ${typed}: type one that npm run dlq -- list prints`,
  );
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`${name} must be a whole number from 1 to ${most}, got ${text}`);
}

import { parseArgs } from 'node:util';

/** The arguments are wrong. The message says what to type instead. */
export class CommandLineError extends Error {
  override name = 'CommandLineError';
  /** The exit code of the tool. */
  readonly code: number;

  constructor(message: string, code = 2) {
    super(message);
    this.code = code;
  }
}

/** Reads the text of an option. @throws CommandLineError that says what is allowed */
export type Reader<Value> = (text: string, option: string) => Value;

/** The values of the given options. */
type Given<Readers> = { [Name in keyof Readers]?: Readers[Name] extends Reader<infer Value> ? Value : never };

interface CommandLine<Readers> {
  /** The text that says what to type. */
  readonly usage: string;
  readonly options: Readers;
  /** The option that may be given without its name. */
  readonly positional?: keyof Readers & string;
}

/** An option without a text. */
export const flag: Reader<true> = () => true;

export function wholeNumber(least: number, most: number): Reader<number> {
  return bounded(/^\d+$/, 'a whole number', least, most);
}

export function decimalNumber(least: number, most: number): Reader<number> {
  return bounded(/^\d+(\.\d+)?$/, 'a number', least, most);
}

export function oneOf<Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  return (text, option) => {
    const choice = choices.find((one) => one === text);
    if (choice !== undefined) return choice;
    throw new CommandLineError(`${option} must be one of ${choices.join(', ')}, got ${text}`);
  };
}

/** One or more, separated by commas. */
export function someOf<Choice extends string>(choices: readonly Choice[]): Reader<Choice[]> {
  return (text, option) => text.split(',').map((part) => oneOf(choices)(part, option));
}

/** The seed of a run. Default: a random one. */
export const seed = wholeNumber(1, 2 ** 31 - 1);

export function drawnSeed(random: () => number): number {
  return 1 + Math.floor(random() * 999_999);
}

/**
 * Reads the arguments of a tool.
 * @param complete makes the tool's options of the given ones; may throw CommandLineError
 * @throws CommandLineError with the usage, also for `--help`, with code 0
 */
export function readCommandLine<Readers extends Record<string, Reader<unknown>>, Options>(
  args: readonly string[],
  { usage, options, positional }: CommandLine<Readers>,
  complete: (given: Given<Readers>) => Options,
): Options {
  if (args.includes('--help')) throw new CommandLineError(usage, 0);
  try {
    return complete(given(args, options, positional));
  } catch (error) {
    throw new CommandLineError(`${(error as Error).message}\n${usage}`);
  }
}

function given<Readers extends Record<string, Reader<unknown>>>(
  args: readonly string[],
  readers: Readers,
  positional: string | undefined,
): Given<Readers> {
  const types = Object.entries(readers).map(([name, reader]) => [
    name,
    { type: reader === flag ? ('boolean' as const) : ('string' as const) },
  ]);
  const { values, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(types) as Record<string, { type: 'boolean' | 'string' }>,
    allowPositionals: positional !== undefined,
  });
  const [first, second] = positionals;
  if (second !== undefined) throw new CommandLineError(`expected one ${positional}, got ${positionals.join(' ')}`);
  const texts = { ...(first !== undefined && { [positional!]: first }), ...values };
  const read = Object.entries(texts).map(([name, text]) => [name, readers[name]!(String(text), `--${name}`)]);
  return Object.fromEntries(read) as Given<Readers>;
}

function bounded(pattern: RegExp, kind: string, least: number, most: number): Reader<number> {
  return (text, option) => {
    const value = Number(text);
    if (pattern.test(text) && value >= least && value <= most) return value;
    throw new CommandLineError(`${option} must be ${kind} from ${least} to ${most}, got ${text}`);
  };
}

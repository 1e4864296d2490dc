import { resolve } from 'node:path';
import { UsageError } from '../environment.ts';
import { readTyped } from '../tool.ts';
import { instantReader, minorUnits, RowProblem, wholeNumber } from './values.ts';

/** A row of the source, or an element of a JSON list. NULL is null. */
export type Row = Readonly<Record<string, string | null>>;
/** The texts of an expression's result: undefined where the source has nothing. Amounts and quantities are numbers. */
export type Value = string | number | undefined;
/** What an expression can use besides the row. */
export interface Settings {
  /** Reads a date in the zone of the mapping. */
  instantOf: (text: string) => string;
  /** The folder of the mapping's files. */
  folder: string;
  /** The columns that expressions read, collected while they are compiled. */
  columns: Set<string>;
  /** What an expression reports besides its value: that it has rounded an amount. */
  report: { isRounded: boolean };
}
export type Expression = (row: Row, currency: string) => Value;

export type Parts = Readonly<Record<string, unknown>>;
type Operator = (parts: Parts, compiled: (part: unknown) => Expression, settings: Settings) => Expression;

/** All that a mapping can compute. None of it runs code of the mapping. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  value: ({ value }) => {
    const text = wordOf(value, 'value');
    return () => text;
  },
  lookup: ({ lookup, in: table, file }, compiled, { folder }) => {
    const entries = file === undefined ? partsOf(table, 'in') : readEntries(resolve(folder, wordOf(file, 'file')));
    const results = new Map(Object.entries(entries).map(([from, to]) => [from, wordOf(to, `the entry ${from}`)]));
    return textFrom(compiled(lookup), (text) => {
      if (!results.has(text)) throw new RowProblem(`has no entry for ${JSON.stringify(text.slice(0, 40))}`, text);
      return results.get(text);
    });
  },
  concat: ({ concat }, compiled) => {
    const all = listOf(concat, 'concat').map(compiled);
    return (row, currency) => {
      const values = all.map((one) => one(row, currency));
      // As in SQL: a customer without a number must not become the customer "cust-".
      return values.includes(undefined) ? undefined : values.join('');
    };
  },
  split: ({ split, by, part }, compiled) => {
    const [separator, number] = [wordOf(by, 'by'), Number(part)];
    if (!Number.isInteger(number) || number === 0)
      throw new UsageError('part must be a whole number, from 1 or from -1');
    return textFrom(compiled(split), (text) => text.split(separator).at(number > 0 ? number - 1 : number));
  },
  trim: ({ trim }, compiled) => textFrom(compiled(trim), (text) => text.trim()),
  date: ({ date, zone }, compiled, settings) => {
    const instantOf = zone === undefined ? settings.instantOf : instantReader(wordOf(zone, 'zone'));
    return textFrom(compiled(date), instantOf);
  },
  money: ({ money, round, comma }, compiled, { report }) => {
    if (round !== undefined && round !== 'half-up') throw new UsageError('round can only be half-up');
    if (comma !== undefined && comma !== 'true') throw new UsageError('comma can only be true');
    const onRounded = round === undefined ? undefined : () => void (report.isRounded = true);
    return textFrom(compiled(money), (text, currency) => {
      const plain = comma === 'true' ? text.replaceAll('.', '').replace(',', '.') : text;
      return minorUnits(plain, currency, onRounded);
    });
  },
  minor: ({ minor }, compiled) => textFrom(compiled(minor), wholeNumber),
  json: ({ json, path }, compiled) => {
    const names = wordOf(path, 'path').split('.');
    return textFrom(compiled(json), (text) => textAt(parsedJson(text), names));
  },
  first: ({ first }, compiled) => {
    const all = listOf(first, 'first').map(compiled);
    return (row, currency) => {
      for (const one of all) {
        const value = one(row, currency);
        if (value !== undefined) return value;
      }
      return undefined;
    };
  },
  when: ({ when, is, then, else: otherwise }, compiled) => {
    const [tested, yes] = [compiled(when), compiled(then)];
    const no = otherwise === undefined ? () => undefined : compiled(otherwise);
    const values = (Array.isArray(is) ? is : [is]).map((one) => wordOf(one, 'is'));
    return (row, currency) => (values.includes(String(tested(row, currency) ?? '')) ? yes : no)(row, currency);
  },
};
/** What an operator may have beside it. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  lookup: 'in file',
  split: 'by part',
  date: 'zone',
  money: 'round comma',
  json: 'path',
  when: 'is then else',
};

/**
 * Compiles an expression: a text is the name of a column, an object has one operator and its arguments.
 * @throws UsageError for anything else
 */
export function compileExpression(part: unknown, settings: Settings): Expression {
  if (typeof part === 'string') return columnOf(part, settings.columns);
  const parts = (typeof part === 'object' && part !== null ? part : {}) as Parts;
  const name = Object.keys(parts).find((one) => Object.hasOwn(OPERATORS, one)) ?? '';
  const operator = OPERATORS[name];
  const known = Object.keys(OPERATORS).join(', ');
  if (!operator) throw new UsageError(`an expression is a column, or has one of ${known}; got ${JSON.stringify(part)}`);
  const allowed = [name, ...(ARGUMENTS[name]?.split(' ') ?? [])];
  const unknown = Object.keys(parts).find((one) => !allowed.includes(one));
  if (unknown) throw new UsageError(`an expression has ${allowed.join(', ')}, and no ${unknown} beside them`);
  return operator(parts, (inner) => compileExpression(inner, settings), settings);
}

/** NULL and an empty text are nothing. */
function columnOf(name: string, columns: Set<string>): Expression {
  columns.add(name);
  return (row) => row[name] || undefined;
}

/** Applies a function to a text, unless there is none. */
function textFrom(inner: Expression, result: (text: string, currency: string) => Value): Expression {
  return (row, currency) => {
    const value = inner(row, currency);
    const text = value === undefined || value === '' ? undefined : result(String(value), currency);
    return text === '' ? undefined : text;
  };
}

/** @throws UsageError for anything but a map */
export function partsOf(value: unknown, name: string): Parts {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Parts;
  throw new UsageError(`${name} must be a map such as { name: value }, got ${JSON.stringify(value)}`);
}

export function wordOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new UsageError(`${name} must be a text, got ${JSON.stringify(value)}`);
}

function listOf(value: unknown, operator: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new UsageError(`${operator} must be a list`);
}

function readEntries(file: string): Parts {
  const text = readTyped(file);
  try {
    return partsOf(parsedJson(text), file);
  } catch (cause) {
    if (!(cause instanceof RowProblem)) throw cause;
    throw new UsageError(`${file} must be JSON such as {"old": "new"}; it starts with ${text.slice(0, 40)}`, { cause });
  }
}

/** Parses JSON. Numbers stay the texts that they were written as, so that no decimal is changed. */
export function parsedJson(text: string): unknown {
  try {
    const numbersAsText = (_: string, value: unknown, { source }: { source?: string }) =>
      typeof value === 'number' ? source : value;
    return JSON.parse(text, numbersAsText as (key: string, value: unknown) => unknown);
  } catch (cause) {
    throw Object.assign(new RowProblem('is not JSON', text.slice(0, 200)), { cause });
  }
}

/** What a JSON document has at a path such as lines, 0, sku; objects and lists as JSON. */
function textAt(document: unknown, path: readonly string[]): string | undefined {
  let part = document;
  for (const name of path) {
    part = typeof part === 'object' && part !== null && Object.hasOwn(part, name) ? (part as Parts)[name] : undefined;
  }
  if (part === undefined || part === null) return undefined;
  return typeof part === 'string' ? part : JSON.stringify(part);
}

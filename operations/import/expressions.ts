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
}
export type Expression = (row: Row, currency: string) => Value;

type Parts = Readonly<Record<string, unknown>>;
type Operator = (parts: Parts, compiled: (part: unknown) => Expression, settings: Settings) => Expression;

/** All that a mapping can compute. None of it runs code of the mapping. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  value: ({ value }) => {
    const text = value === null ? undefined : wordOf(value);
    return () => text;
  },
  lookup: ({ lookup, in: table, file }, compiled, { folder }) => {
    const entries = file === undefined ? table : parsedJson(readTyped(resolve(folder, wordOf(file))));
    const results = new Map(Object.entries((entries ?? {}) as Parts).map(([from, to]) => [from, wordOf(to)]));
    return textFrom(compiled(lookup), (text) => {
      if (!results.has(text)) throw new RowProblem(`has no entry for ${JSON.stringify(text.slice(0, 40))}`, text);
      return results.get(text);
    });
  },
  concat: ({ concat }, compiled) => {
    const all = listOf(concat, 'concat').map(compiled);
    return (row, currency) => all.map((one) => one(row, currency) ?? '').join('');
  },
  split: ({ split, by, part }, compiled) => {
    const [separator, number] = [wordOf(by), Number(wordOf(part))];
    return textFrom(compiled(split), (text) => text.split(separator).at(number > 0 ? number - 1 : number));
  },
  trim: ({ trim }, compiled) => textFrom(compiled(trim), (text) => text.trim()),
  date: ({ date, zone }, compiled, settings) => {
    const instantOf = zone === undefined ? settings.instantOf : instantReader(wordOf(zone));
    return textFrom(compiled(date), instantOf);
  },
  money: ({ money, round, comma }, compiled) => {
    if (round !== undefined && round !== 'half-up') throw new UsageError('round can only be half-up');
    return textFrom(compiled(money), (text, currency) => {
      const plain = comma === true ? text.replaceAll('.', '').replace(',', '.') : text;
      return minorUnits(plain, currency, round !== undefined);
    });
  },
  minor: ({ minor }, compiled) => textFrom(compiled(minor), wholeNumber),
  json: ({ json, path }, compiled) => textFrom(compiled(json), (text) => textAt(parsedJson(text), wordOf(path))),
  first: ({ first }, compiled) => {
    const all = listOf(first, 'first').map(compiled);
    return (row, currency) => {
      for (const one of all) {
        const value = one(row, currency);
        if (value !== undefined && value !== '') return value;
      }
      return undefined;
    };
  },
  when: ({ when, is, then, else: otherwise }, compiled) => {
    const [tested, yes] = [compiled(when), compiled(then)];
    const no = compiled(otherwise ?? { value: null });
    const values = (Array.isArray(is) ? is : [is]).map(wordOf);
    return (row, currency) => (values.includes(String(tested(row, currency) ?? '')) ? yes : no)(row, currency);
  },
};
const ARGUMENTS = new Set(['in', 'file', 'by', 'part', 'zone', 'round', 'comma', 'path', 'is', 'then', 'else']);

/**
 * Compiles an expression: a text is the name of a column, an object has one operator and its arguments.
 * @throws UsageError for anything else
 */
export function compileExpression(part: unknown, settings: Settings): Expression {
  if (typeof part === 'string') return columnOf(part, settings.columns);
  const parts = (typeof part === 'object' && part !== null ? part : {}) as Parts;
  const names = Object.keys(parts).filter((name) => !ARGUMENTS.has(name));
  const operator = names.length === 1 && Object.hasOwn(OPERATORS, names[0]!) ? OPERATORS[names[0]!] : undefined;
  const known = Object.keys(OPERATORS).join(', ');
  if (!operator) throw new UsageError(`an expression is a column, or has one of ${known}; got ${JSON.stringify(part)}`);
  return operator(parts, (inner) => compileExpression(inner, settings), settings);
}

function columnOf(name: string, columns: Set<string>): Expression {
  columns.add(name);
  return (row) => row[name] ?? undefined;
}

/** Applies a function to a text that is neither absent nor empty. */
function textFrom(inner: Expression, result: (text: string, currency: string) => Value): Expression {
  return (row, currency) => {
    const value = inner(row, currency);
    return value === undefined || value === '' ? undefined : result(String(value), currency);
  };
}

/** A text, number or truth value of the mapping as text. */
function wordOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new UsageError(`a mapping needs a text, number or truth value instead of ${JSON.stringify(value)}`);
}

function listOf(value: unknown, operator: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new UsageError(`${operator} must be a list`);
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

/** What a JSON document has at a path such as `lines.0.sku`; objects and lists as JSON. */
export function textAt(document: unknown, path: string): string | undefined {
  let part = document;
  for (const name of path.split('.')) {
    part = typeof part === 'object' && part !== null && Object.hasOwn(part, name) ? (part as Parts)[name] : undefined;
  }
  if (part === undefined || part === null) return undefined;
  return typeof part === 'string' ? part : JSON.stringify(part);
}

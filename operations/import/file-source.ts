import { createReadStream, statSync } from 'node:fs';
import { UsageError } from '../environment.ts';
import { type Position, type Source, type SourceRow, WHICH_TABLE } from './source.ts';
import { timestampText } from './values.ts';

/** Rows of a file, as lists of values. The first has the columns' names. */
type Lines = AsyncGenerator<(string | null)[]>;
interface FileOptions {
  encoding: string;
  delimiter: string;
  /** The table of a dump. */
  table: string | undefined;
}

/** Reads a CSV file with a line of column names (RFC 4180, `\N` is NULL), or the INSERTs of mysqldump. */
export async function openFile(path: string, { encoding, delimiter, table }: FileOptions): Promise<Source> {
  const decoder = decoderOf(encoding);
  if (!/^([^"\n]|\\t)$/.test(delimiter)) throw new UsageError(`delimiter must be one character, got ${delimiter}`);
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file?.isFile()) throw new UsageError(`there is no file ${path}`);
  const isDump = /\.sql$/i.test(path);
  if (isDump && table === undefined) throw new UsageError(WHICH_TABLE);
  const lines = () => (isDump ? dumpLines(path, table!) : csvLines(path, delimiter.replace('\\t', '\t')));
  // The files are read as Latin-1, whose characters are the bytes, so that each value is decoded as a whole.
  const decoded = (value: string | null) =>
    value !== null && /[\x80-\xff]/.test(value) ? decoder.decode(Buffer.from(value, 'latin1')) : value;

  const first = (await lines().next()) as IteratorResult<string[], undefined>;
  const columns = first.value?.map((name) => decoded(name)!) ?? [];
  const wrong = columns.find((name, index) => name === '' || columns.indexOf(name) !== index);
  if (columns.length === 0 || wrong !== undefined)
    throw new UsageError(`${path} must start with the names of its columns, each once; got ${columns.join(', ')}`);

  async function* rows(after: Position | undefined): AsyncGenerator<SourceRow> {
    let number = -1;
    for await (const values of lines()) {
      number += 1;
      if (number <= Number(after?.[0] ?? 0)) continue;
      if (values.length !== columns.length)
        throw new UsageError(`${path}: row ${number} has ${values.length} values, there are ${columns.length} columns`);
      const row = Object.fromEntries(columns.map((name, index) => [name, decoded(values[index]!)]));
      yield { row, position: [String(number)] };
    }
  }

  // A pass does not continue in a file that was written again.
  return { name: `${path} of ${file.mtime.toISOString()}`, columns, sql: `reads ${path}; no server`, rows };
}

function decoderOf(encoding: string) {
  try {
    return new TextDecoder(encoding);
  } catch (cause) {
    throw new UsageError(`encoding must be one such as utf-8 or windows-1252, got ${encoding}`, { cause });
  }
}

async function* csvLines(path: string, delimiter: string): Lines {
  const ends = delimiter.replaceAll(/[^\w\s]/g, '\\$&');
  const value = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^"${ends}\\r\\n][^${ends}\\r\\n]*)?)(${ends}|\\r?\\n)`, 'y');
  let line: (string | null)[] = [];
  for await (const matches of matchesOf(path, value)) {
    for (const [, quoted, plain = '', ended] of matches) {
      line.push(quoted === undefined ? (plain === '\\N' ? null : plain) : quoted.replaceAll('""', '"'));
      if (ended === delimiter) continue;
      if (line.length > 1 || line[0] !== '') yield line;
      line = [];
    }
  }
}

/** Blanks and comments, a text, a name, punctuation, and anything else up to those. A token whose end is not in the chunk waits for more. */
const TOKEN =
  /(?:\s+|--[^\n]*\n|\/\*[^]*?\*\/|('[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*)'(?!')|(`[^`]*)`|([(),;]|(?!\/\*|--)[^\s'`(),;]+(?=[\s'`(),;])))(?=[^])/y;
const ESCAPES: Readonly<Record<string, string>> = { 0: '\0', n: '\n', r: '\r', t: '\t', b: '\b', Z: '\x1a' };

async function* dumpLines(path: string, table: string): Lines {
  let columns: string[] | undefined;
  let timestamps: string[] = [];
  /** The tokens of a statement before its rows. Texts and names start with their quotation mark. */
  let head: string[] = [];
  let rowsOf: string | undefined;
  const tables = new Set<string>();
  let line: (string | null)[] = [];
  let isNamed = false;
  for await (const matches of matchesOf(path, TOKEN)) {
    for (const [, text, name, other] of matches) {
      const token = text ?? name ?? other;
      if (token === undefined) continue;
      if (token === ';') {
        if (isCreate(head, table)) {
          columns = createdColumns(head);
          timestamps = head.filter((_, index) => /^timestamp$/i.test(head[index + 1] ?? '')).map(unquoted);
        }
        [head, rowsOf] = [[], undefined];
      } else if (rowsOf === undefined) {
        head.push(token);
        const into = head.findIndex((one) => /^INTO$/i.test(one));
        if (!/^VALUES$/i.test(token) || into < 0) continue;
        rowsOf = unquoted(head[into + 1]!);
        tables.add(rowsOf);
        const named = head.slice(into + 3, -2).filter((one) => one !== ',');
        if (rowsOf !== table || isNamed) continue;
        if (named.length > 0) columns = named.map(unquoted);
        if (!columns) throw new UsageError(`${path}: its INSERTs name no columns, and it has no CREATE TABLE`);
        yield columns;
        isNamed = true;
      } else if (token === '(') line = [];
      else if (token === ')') {
        if (rowsOf === table) yield line;
      } else if (text !== undefined) {
        const isTimestamp = timestamps.includes(columns?.[line.length] ?? '');
        line.push(isTimestamp ? timestampText(text.slice(1)) : unescaped(text.slice(1)));
      }
      // A word with an underscore is the character set of the text after it.
      else if (token !== ',' && !token.startsWith('_')) line.push(/^NULL$/i.test(token) ? null : token);
    }
  }
  if (!isNamed) throw new UsageError(`${path} has no rows of ${table}, but of ${[...tables].join(', ') || 'no table'}`);
  if (rowsOf !== undefined) throw new UsageError(`${path} ends within an INSERT`);
}

function isCreate(head: readonly string[], table: string): boolean {
  return /^CREATE$/i.test(head[0] ?? '') && head.slice(0, head.indexOf('(')).map(unquoted).at(-1) === table;
}

/** The names at the start of the definitions of a CREATE TABLE. Those of keys start with a word. */
function createdColumns(head: readonly string[]): string[] {
  let depth = 0;
  return head.flatMap((token, index) => {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    const isStart = depth === 1 && ['(', ','].includes(head[index - 1] ?? '');
    return isStart && token.startsWith('`') ? [unquoted(token)] : [];
  });
}

function unquoted(name: string): string {
  return name.replace(/^`/, '');
}

function unescaped(text: string): string {
  if (!/[\\']/.test(text)) return text;
  return text.replaceAll(/\\([^])|''/g, (_, one?: string) => (one === undefined ? "'" : (ESCAPES[one] ?? one)));
}

/** The matches of a pattern, one after the other, for each chunk of a file. What does not match waits for more. */
async function* matchesOf(path: string, pattern: RegExp): AsyncGenerator<RegExpExecArray[]> {
  let text = '';
  for await (const chunk of chunksOf(path)) {
    text += chunk;
    const matches: RegExpExecArray[] = [];
    pattern.lastIndex = 0;
    let read = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      matches.push(match);
      read = pattern.lastIndex;
    }
    yield matches;
    text = text.slice(read);
    if (text.length > MAX_VALUE_LENGTH) break;
  }
  if (!text.trim()) return;
  const format = path.endsWith('.csv')
    ? 'CSV, with the quotes of a quoted value doubled'
    : 'SQL as mysqldump writes it';
  throw new UsageError(`${path}: cannot read ${JSON.stringify(text.slice(0, 60))}, which must be ${format}`);
}

const MAX_VALUE_LENGTH = 20_000_000;

/** The bytes of a file as characters, without the mark at its start, with two line ends at the end. */
async function* chunksOf(path: string): AsyncGenerator<string> {
  let isStart = true;
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 262_144 })) {
    yield isStart ? (chunk as string).replace(/^\xef\xbb\xbf/, '') : (chunk as string);
    isStart = false;
  }
  yield '\n\n';
}

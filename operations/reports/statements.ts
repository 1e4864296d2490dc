import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** The compiled code reads the SQL of the sources, too. */
const SOURCES = import.meta.dirname.replace(`${sep}dist${sep}operations`, `${sep}operations`);
const FOLDER = join(SOURCES, 'sql');

/** A report is a SQL file. */
export interface Report {
  name: string;
  /** The comment at the start of the file. */
  sentence: string;
  sql: string;
  /** The columns that name a figure. */
  keys: string[];
  /** What the SQL groups: `FROM …`. */
  source: string;
}

export interface Period {
  /** ISO 8601, UTC. */
  from: string;
  /** Excluded. */
  to: string;
  timeZone: string;
  /** The shop's rates of VAT, in percent. */
  rates?: readonly string[];
}

export function reports(): Report[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
  return files.toSorted().map((file) => {
    const sql = readFileSync(join(FOLDER, file), 'utf8');
    const [, sentence = ''] = /^-- (.*)/.exec(sql) ?? [];
    const [, source = '', keys = ''] = /^ *(FROM [^(][^]*?)^ *GROUP BY (.*)$/m.exec(sql) ?? [];
    return { name: file.replace('.sql', ''), sentence, sql, keys: keys.split(', '), source };
  });
}

/** The SQL of a report, the same text for each engine. */
export function figuresOf(report: Report, period: Period): string {
  return `${viewsOf(period)}${report.sql}`;
}

/** The SQL that lists the orders of the figures whose first columns have these values. */
export function ordersOf({ keys, source }: Report, period: Period, values: readonly string[]): string {
  const columns = [...keys, 'order_id'].join(', ');
  const picked = values.map((value, index) => ` AND CAST(${keys[index]} AS varchar) = ${quoted(value)}`).join('');
  return `${viewsOf(period)}SELECT ${columns}\nFROM (\nSELECT DISTINCT ${columns}\n${source})\nWHERE order_id IS NOT NULL${picked}\nORDER BY ${columns}`;
}

function viewsOf({ from, to, timeZone, rates = [] }: Period): string {
  const columns = `${quoted(from)} AS starts_at, ${quoted(to)} AS ends_at, ${quoted(timeZone)} AS time_zone`;
  const cases = rates.map((rate) => `WHEN abs(rate_net * ${rate}e0 - 1e2 * rate_tax) <= 1e2 THEN '${rate}'`);
  const views = readFileSync(join(SOURCES, 'views.sql'), 'utf8').replace('-- RATES', cases.join('\n'));
  return `WITH report_period AS (SELECT ${columns}),\n${views}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

import { dayOf, readInstant } from '#libs/orders';
import { moneyOf } from '../../local/event-line.ts';
import { columns, printableLine } from '../terminal.ts';
import type { Cell, Table } from './engine.ts';
import type { Period } from './statements.ts';

/* A column whose name ends with _minor is an amount in minor units of the row's currency, with _ms a duration. */
const UNIT = /_(minor|ms)$/;

/** The start and the end of a period in the seller's time zone: days, or times within a day. */
export function boundsOf({ from, to, timeZone }: Period): string[] {
  return [from, to].map((instant) => {
    const day = dayOf(instant, timeZone);
    if (readInstant(day, timeZone) === instant) return day;
    return new Date(instant).toLocaleString('sv', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  });
}

/** Lines for a terminal. */
export function textOfTable(table: Table): string {
  const isText = table.columns.map((_, column) => table.rows.some((row) => typeof row[column] === 'string'));
  const cells = [titlesOf(table), ...table.rows.map((row) => row.map((_, column) => shown(table, row, column)))];
  const widths = table.columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const aligned = cells.map((row) =>
    row.map((cell, column) => (isText[column] ? cell : cell.padStart(widths[column] ?? 0))),
  );
  return columns(aligned).join('\n');
}

/** RFC 4180 in UTF-8. Amounts and durations are whole numbers: their columns' names have the unit. */
export function csvOf({ columns, rows }: Table): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula starts with an apostrophe. */
function csvCell(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  const text = /^\s*[=+\-@＝＋－＠\t\r\n]/u.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2em;color:#222;background:#fff}table{border-collapse:collapse}
th,td{text-align:left;padding:.15em 1.2em .15em 0;border-bottom:1px solid #e3e3e3;font-variant-numeric:tabular-nums}
.number{text-align:right}rect{fill:#2f6fb3}`;
const BAR = 240;

/** A self-contained page: the table with a bar for the last column of each row. Each currency has a scale of its own. */
export function htmlOf(title: string, sentence: string, table: Table): string {
  const { rows } = table;
  const last = table.columns.length - 1;
  const currency = table.columns.indexOf('currency');
  const longest = new Map<Cell | undefined, number>();
  for (const row of rows) longest.set(row[currency], Math.max(1, longest.get(row[currency]) ?? 1, lengthOf(row[last])));
  const bar = (row: Cell[]) => {
    const width = Math.round((BAR * lengthOf(row[last])) / (longest.get(row[currency]) ?? 1));
    return `<td><svg width="${BAR}" height="14" role="img" aria-hidden="true"><rect width="${width}" height="14"/></svg></td>`;
  };
  const body = rows.map((row) => {
    const cells = row.map((cell, column) => {
      const attribute = typeof cell === 'string' ? '' : ' class="number"';
      return `<td${attribute}>${escaped(shown(table, row, column))}</td>`;
    });
    return `<tr>${cells.join('')}${typeof row[last] === 'string' ? '' : bar(row)}</tr>`;
  });
  const head = titlesOf(table).map((name) => `<th>${escaped(name)}</th>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1><p>${escaped(sentence)}</p>
<table><thead><tr>${head.join('')}<th></th></tr></thead><tbody>
${body.join('\n')}
</tbody></table></body></html>
`;
}

const lengthOf = (cell: Cell | undefined) => (typeof cell === 'string' ? 0 : Math.abs(Number(cell ?? 0)));

export function titlesOf(table: Table): string[] {
  return table.columns.map((name) => name.replace(UNIT, '').replaceAll('_', ' '));
}

export function shown(table: Table, row: Cell[], column: number): string {
  const cell = row[column] ?? null;
  if (cell === null || typeof cell === 'string') return printableLine(cell ?? '');
  const [, unit] = UNIT.exec(table.columns[column] ?? '') ?? [];
  if (unit === 'ms') return durationText(Number(cell));
  if (unit === 'minor') return moneyOf(Number(cell), String(row[table.columns.indexOf('currency')]));
  return String(cell);
}

function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 2) return `${(ms / 1_000).toFixed(1)} s`;
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2_880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} d`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** `npm run report`: what was sold, refunded, shipped and taxed, from the orders. See docs/reports.md. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { readArguments, type ReportArguments, usage } from './reports/arguments.ts';
import { type Cell, openReportEngine, type ReportEngine } from './reports/engine.ts';
import { boundsOf, csvOf, htmlOf, textOfTable } from './reports/output.ts';
import { figuresOf, ordersOf } from './reports/statements.ts';
import { count } from './terminal.ts';
import { type Answer, runTool } from './tool.ts';

const FOLDER = 'reports';

await runTool({ usage, readArguments, run });

async function run(environment: Environment, typed: ReportArguments, signal: AbortSignal): Promise<Answer> {
  const { report, figure, period, orders, csv, html, stage } = typed;
  let engine: ReportEngine | undefined;
  try {
    engine = await openReportEngine(environment, stage, signal);
    const table = await engine.query(orders ? ordersOf(report, period, figure) : figuresOf(report, period), signal);
    const bounds = boundsOf(period);
    const title = `${report.name} from ${bounds.join(' to ')}`;
    const document = { report: report.name, ...period, columns: table.columns, rows: table.rows.map(jsonRow) };
    if (table.rows.length === 0) return { text: `${title}: there is nothing`, document };
    if (!csv && !html) return { text: `${textOfTable(table)}\n${title}: ${report.sentence}`, document };
    const parts = [report.name, ...bounds, ...(orders ? ['orders', ...figure] : [])];
    const name = parts.map((part) => part.replaceAll(/[^\w.]+/g, '-').slice(0, 40)).join('_');
    const file = join(FOLDER, `${name}.${csv ? 'csv' : 'html'}`);
    await mkdir(FOLDER, { recursive: true });
    await writeFile(file, csv ? csvOf(table) : htmlOf(title, report.sentence, table));
    return { text: `${file}: ${count(table.rows.length, 'row')}`, document };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { text: 'stopped by a signal', document: { stopped: true }, complete: false };
  } finally {
    await engine?.close();
  }
}

/** JSON has no bigint; a text keeps what exceeds a number. */
function jsonRow(row: readonly Cell[]): Cell[] {
  const jsonOf = (whole: bigint) => (Number.isSafeInteger(Number(whole)) ? Number(whole) : String(whole));
  return row.map((cell) => (typeof cell === 'bigint' ? jsonOf(cell) : cell));
}

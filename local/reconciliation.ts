import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalAws } from './aws/local-aws.ts';
import { moneyOf } from './event-line.ts';
import { nodePath } from './processes/local-script.ts';

const TOOLS = join(import.meta.dirname, '../operations');
/** All orders, also those of a clock that is wrong. */
const ALWAYS = ['--from', '1970-01-01', '--to', '9999-12-31'];

type Aws = Pick<LocalAws, 'env'>;
type Output = { good: boolean; lines: string[] };

/** Runs `npm run reconcile` over all orders. Resolves to its output, and whether it found no differences. */
export function reconciled(aws: Aws): Promise<Output> {
  return outputOf(aws, 'reconcile.ts', '--read-rate', '10000');
}

/** The same; not good either if the sums of `npm run report` are others. */
export async function reconciledWithReports(aws: Aws): Promise<Output> {
  const { good, lines } = await reconciled(aws);
  // Reports are an optional part.
  if (!existsSync(join(TOOLS, 'report.ts'))) return { good, lines };
  const report = await outputOf(aws, 'report.ts', 'sales-by-currency', '--json');
  if (!report.good) return { good: false, lines: [...lines, ...report.lines] };
  const { columns, rows } = JSON.parse(report.lines.join('\n')) as { columns: string[]; rows: (string | number)[][] };
  const reported = rows.map((row) => {
    const cell = (name: string) => row[columns.indexOf(name)] ?? 0;
    const moneyIn = (name: string) => moneyOf(Number(cell(name)), String(cell('currency')));
    return `${moneyIn('invoiced_minor')} invoiced, ${moneyIn('credited_minor')} credited`;
  });
  const sums = lines.filter((line) => line.endsWith(' credited'));
  if (reported.toSorted().join() === sums.toSorted().join()) return { good, lines };
  return { good: false, lines: [...lines, 'other sums in npm run report:', ...reported] };
}

function outputOf({ env }: Aws, tool: string, ...args: readonly string[]): Promise<Output> {
  return new Promise((resolve) => {
    execFile(
      nodePath,
      ['--conditions=source', join(TOOLS, tool), ...args, ...ALWAYS],
      { env: { ...process.env, NODE_OPTIONS: '', ...env }, maxBuffer: Infinity },
      (error, out, err) => resolve({ good: !error, lines: `${out}${error ? err : ''}`.trim().split('\n') }),
    );
  });
}

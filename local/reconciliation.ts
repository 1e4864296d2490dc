import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { LocalAws } from './aws/local-aws.ts';
import { nodePath } from './processes/local-script.ts';

const TOOL = join(import.meta.dirname, '../operations/reconcile.ts');
/** All orders, also those of a clock that is wrong. */
const ALWAYS = ['--from', '1970-01-01', '--to', '9999-12-31', '--read-rate', '10000'];

/** Runs `npm run reconcile` over all orders. Resolves to its output, and whether it found no differences. */
export function reconciled({ env }: Pick<LocalAws, 'env'>): Promise<{ good: boolean; lines: string[] }> {
  return new Promise((resolve) => {
    execFile(
      nodePath,
      ['--conditions=source', TOOL, ...ALWAYS],
      { env: { ...process.env, NODE_OPTIONS: '', ...env }, maxBuffer: Infinity },
      (error, out, err) => resolve({ good: !error, lines: `${out}${error ? err : ''}`.trim().split('\n') }),
    );
  });
}

/** `npm run import`: brings the orders of a MySQL table, a dump or a CSV over. See docs/moving-from-mysql.md. */
import { existsSync } from 'node:fs';
import type { Environment } from './environment.ts';
import { UsageError } from './environment.ts';
import { type ImportArguments, readArguments, usage } from './import/arguments.ts';
import { copyOrders, NO_COUNTS } from './import/copy.ts';
import { dryRun, dryRunText } from './import/dry-run.ts';
import { openFile } from './import/file-source.ts';
import type { OrderInput } from './import/mapped-orders.ts';
import { type Mapping, readMapping } from './import/mapping.ts';
import { openMysql } from './import/mysql-source.ts';
import { progressOf } from './import/progress.ts';
import { reconcile, reconciliationText } from './import/reconciliation.ts';
import { type Counts, openRunFiles, readRejected } from './import/run-files.ts';
import type { Source } from './import/source.ts';
import { suggestedMapping } from './import/suggest.ts';
import { logOperation } from './operations-log.ts';
import { type Answer, responsibility, runTool } from './tool.ts';

await runTool({ usage, readArguments, run });

async function run(environment: Environment, typed: ImportArguments, signal: AbortSignal): Promise<Answer> {
  const mapping = typed.map === undefined ? undefined : readMapping(typed.map);
  const source = await openSource(typed, mapping);
  try {
    if (!mapping) {
      const text = suggestedMapping(await source.columns(), typed.table);
      return { text, document: { mapping: text } };
    }
    if (typed.explain) return { text: source.explain(), document: { sql: source.explain() } };
    const columns = await source.columns();
    const missing = [...mapping.columns].filter((name) => !columns.includes(name));
    if (missing.length > 0)
      throw new UsageError(`there is no column ${missing.join(', ')}; there are ${columns.join(', ')}`);
    const input = { source, mapping, corrected: readRejected(typed.rows) };
    if (typed.dryRun) {
      const progress = await progressOf(source);
      const result = await dryRun(input, signal, (rows) => progress({ ...NO_COUNTS, rows }));
      return { text: dryRunText(result), document: result, complete: result.rejected === 0 };
    }
    return await importOrders(environment, typed, input, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return { text: 'stopped by a signal', document: { stopped: true }, complete: false };
  } finally {
    await source.close();
  }
}

function openSource(
  { source, table: typedTable, ca }: ImportArguments,
  mapping: Mapping | undefined,
): Promise<Source> | Source {
  const table = typedTable ?? mapping?.table;
  if (!source.startsWith('mysql:')) {
    if (!existsSync(source)) throw new UsageError(`there is no file ${source}`);
    return openFile(source, { encoding: mapping?.encoding ?? 'utf-8', delimiter: mapping?.delimiter ?? ',', table });
  }
  if (table === undefined) throw new UsageError('which table? Type --table NAME, or table: NAME in the mapping');
  return openMysql(source, table, mapping?.order, ca);
}

async function importOrders(
  environment: Environment,
  typed: ImportArguments,
  input: OrderInput,
  signal: AbortSignal,
): Promise<Answer> {
  const files = openRunFiles(typed.folder, input.source.name, input.mapping, typed.restart);
  const progress = await progressOf(input.source, files.checkpoint?.counts.rows);
  let counts: Counts | undefined;
  let text = '';
  let document: object = {};
  const work = async () => {
    if (!typed.reconcile) {
      const onBatch = (now: Counts) => progress((counts = now));
      const copy = await copyOrders(
        environment,
        input,
        { files, rate: typed.rate, isPublished: typed.publish, onBatch },
        signal,
      );
      counts = copy.counts;
      text = copyText(copy, files.rejectedFile);
      document = copy;
      if (!copy.isComplete) return 'STOPPED by a signal';
    }
    const reconciliation = await reconcile(environment, input, typed.readRate, signal);
    files.keep('reconciliation.json', reconciliation);
    text = [...(text ? [text, ''] : []), reconciliationText(reconciliation)].join('\n');
    document = { ...document, reconciliation };
    return reconciliation.isEqual && !counts?.conflicts ? 'DONE' : 'DIFFERENT';
  };
  const { publish, rate, map, rows } = typed;
  const details = { source: input.source.name, map, rows, publish, rate };
  // A reconciliation changes nothing.
  const outcome = typed.reconcile
    ? await work()
    : await logOperation(
        environment,
        { tool: 'import', operation: 'import', details, ...responsibility(typed) },
        work,
        () => ({ ...counts }),
      );
  return { text, document, complete: outcome === 'DONE' };
}

function copyText(
  { counts, conflicts, isComplete }: Awaited<ReturnType<typeof copyOrders>>,
  rejectedFile: string,
): string {
  const { orders, rows, created, updated, unchanged, rejected } = counts;
  return [
    `${orders} orders in ${rows} rows: ${created} created, ${updated} updated, ${unchanged} unchanged, ${rejected} rejected`,
    ...(rejected > 0
      ? [`the rejected ones are in ${rejectedFile}: correct them there, and add --rows with a copy of it`]
      : []),
    ...(conflicts.length > 0
      ? [`changed here and in the source, not updated: ${conflicts.slice(0, 20).join(', ')}`]
      : []),
    ...(isComplete ? [] : ['stopped: the same command continues']),
  ].join('\n');
}

/** `npm run import`: brings the orders of a MySQL table, a dump or a CSV over. See docs/moving-from-mysql.md. */
import type { Environment } from './environment.ts';
import { UsageError } from './environment.ts';
import { type ImportArguments, readArguments, usage } from './import/arguments.ts';
import { copyOrders } from './import/copy.ts';
import { dryRun, dryRunText } from './import/dry-run.ts';
import { openFile } from './import/file-source.ts';
import { type Mapping, readMapping } from './import/mapping.ts';
import { openMysql } from './import/mysql-source.ts';
import { reconcile, reconciliationText } from './import/reconciliation.ts';
import { type Counts, keepFile, openRunFiles, readCorrections } from './import/run-files.ts';
import { type OrderInput, type Source, WHICH_TABLE } from './import/source.ts';
import { suggestedMapping } from './import/suggest.ts';
import { logOperation } from './operations-log.ts';
import { saysNowAndThen } from './terminal.ts';
import { type Answer, responsibility, runTool } from './tool.ts';

await runTool({ usage, readArguments, run });

async function run(environment: Environment, typed: ImportArguments, signal: AbortSignal): Promise<Answer> {
  const mapping = typed.map === undefined ? undefined : readMapping(typed.map);
  const source = await openSource(typed, mapping);
  try {
    if (!mapping) {
      const text = suggestedMapping(source.columns, typed.table);
      return { text, document: { mapping: text } };
    }
    if (typed.explain) return { text: source.sql, document: { sql: source.sql } };
    const missing = [...mapping.columns].filter((name) => !source.columns.includes(name));
    if (missing.length > 0)
      throw new UsageError(`there is no column ${missing.join(', ')}; there are ${source.columns.join(', ')}`);
    const input = { source, mapping, correctionOf: readCorrections(typed.rows) };
    if (typed.dryRun) {
      const result = await dryRun(input, signal, await progressOf(source));
      return { text: dryRunText(result), document: result, complete: result.rejected === 0 };
    }
    return await (typed.reconcile ? compare : copyAndCompare)(environment, typed, input, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return { text: 'stopped by a signal', document: { stopped: true }, complete: false };
  } finally {
    await source.close?.();
  }
}

function openSource(typed: ImportArguments, mapping: Mapping | undefined): Promise<Source> {
  const { encoding = 'utf-8', delimiter = ',', order } = mapping ?? {};
  const table = typed.table ?? mapping?.table;
  if (!typed.source.startsWith('mysql:')) return openFile(typed.source, { encoding, delimiter, table });
  if (table === undefined) throw new UsageError(WHICH_TABLE);
  return openMysql(typed.source, table, order, typed.ca);
}

type Pass = [environment: Environment, typed: ImportArguments, input: OrderInput, signal: AbortSignal];

async function compare(...[environment, { folder, readRate }, input, signal]: Pass) {
  const onBatch = await progressOf(input.source);
  const reconciliation = await reconcile(environment, input, { readRate, onBatch }, signal);
  keepFile(folder, 'reconciliation.json', reconciliation);
  const text = reconciliationText(reconciliation);
  return { text, document: { reconciliation }, complete: reconciliation.isEqual };
}

async function copyAndCompare(...pass: Pass): Promise<Answer> {
  const [environment, typed, input, signal] = pass;
  const { folder, publish, rate, map, rows } = typed;
  // A command that is refused leaves the rejected orders of the last pass.
  const responsible = responsibility(typed);
  const files = openRunFiles(folder, input.source.name, input.mapping);
  const progress = await progressOf(input.source, files.checkpoint?.counts.rows);
  let counts: Counts | undefined;
  let answer: Answer | undefined;
  const work = async () => {
    const onBatch = (now: Counts) => progress((counts = now));
    const copy = await copyOrders(environment, input, { files, rate, isPublished: publish, onBatch }, signal);
    counts = copy.counts;
    answer = { text: copyText(copy, files.rejectedFile), document: copy, complete: false };
    if (!copy.isComplete) return 'STOPPED by a signal';
    const { text, document, complete } = await compare(...pass);
    answer = { text: `${answer.text}\n\n${text}`, document: { ...copy, ...document }, complete };
    return complete ? 'DONE' : 'DIFFERENT';
  };
  const details = { source: input.source.name, map, rows, publish, rate };
  const operation = { tool: 'import', operation: 'import', details, ...responsible };
  await logOperation(environment, operation, work, () => ({ ...counts }));
  return answer!;
}

function copyText(
  { counts, conflicts, isComplete }: Awaited<ReturnType<typeof copyOrders>>,
  rejectedFile: string,
): string {
  const { orders, rows, created, updated, unchanged, rejected } = counts;
  return [
    `${orders} orders in ${rows} rows: ${created} created, ${updated} updated, ${unchanged} unchanged, ${rejected} rejected`,
    ...(rejected > 0
      ? [`the rejected ones are in ${rejectedFile}: correct them in a copy, and add --rows with its name`]
      : []),
    ...(conflicts.length > 0
      ? [`changed here and in the source, not updated: ${conflicts.slice(0, 20).join(', ')}`]
      : []),
    ...(isComplete ? [] : ['stopped: the same command continues']),
  ].join('\n');
}

/** Returns a function that says now and then how far a pass is, with the remaining time if the number of rows is known. */
async function progressOf(source: Source, rowsBefore = 0): Promise<(counts: Counts) => void> {
  const total = await source.count?.();
  const startMs = performance.now();
  const say = saysNowAndThen();
  return ({ rows, orders, rejected }) =>
    say(() => {
      const perSecond = (rows - rowsBefore) / ((performance.now() - startMs) / 1_000);
      const minutes = Math.ceil((Math.max(0, (total ?? 0) - rows) / perSecond / 60) * 10) / 10;
      const left = total === undefined ? '' : ` of ${total}, ${minutes} min left`;
      const megabytes = Math.round(process.memoryUsage.rss() / 1e6);
      return `  ${rows} rows${left}; ${Math.round(perSecond)} rows/s, ${orders} orders, ${rejected} rejected, ${megabytes} MB`;
    });
}

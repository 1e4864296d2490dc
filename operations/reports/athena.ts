import { setTimeout as sleep } from 'node:timers/promises';
import {
  Athena,
  type ColumnInfo,
  paginateGetQueryResults,
  type QueryExecution,
  type Row,
} from '@aws-sdk/client-athena';
import { awsClient } from '#libs/service';
import { reportNamesOf } from '../../infra/lib/config.ts';
import { stages } from '../../infra/lib/stages.ts';
import { EnvironmentError } from '../environment.ts';
import { saysNowAndThen, textOf } from '../terminal.ts';
import type { Cell, ReportEngine, Table } from './engine.ts';

const CALLS = { requestTimeoutMs: 15_000, maxAttempts: 4, maxSockets: 4 };
const POLL_MS = 500;
/** Athena itself ends a query after 30 minutes, but does not count the time in its queue. */
const LONGEST_MS = 45 * 60_000;

/**
 * Opens the workgroup in which Athena runs the reports of a stage.
 * @throws EnvironmentError for a stage without reports
 */
export async function openAthena(stageName: string, stage = stages[stageName]): Promise<ReportEngine> {
  if (!stage?.reports) throw missing(stageName);
  const { region, reports } = stage;
  const { workgroup: WorkGroup, database: Database } = reportNamesOf(stage);
  const client = awsClient(Athena, CALLS, { region });

  async function query(sql: string, signal: AbortSignal): Promise<Table> {
    signal.throwIfAborted();
    const call = { QueryString: sql, WorkGroup, QueryExecutionContext: { Database } };
    const { QueryExecutionId = '' } = await client.startQueryExecution(call).catch((error: unknown) => {
      throw /WorkGroup .*not found/i.test(textOf(error)) ? missing(stageName, error) : error;
    });
    try {
      await succeeded(QueryExecutionId, signal);
      return await resultOf(QueryExecutionId, signal);
    } catch (error) {
      // What a running query reads costs money. One that has ended stays as it is.
      await client.stopQueryExecution({ QueryExecutionId }).catch(() => undefined);
      throw error;
    }
  }

  async function succeeded(QueryExecutionId: string, abortSignal: AbortSignal): Promise<void> {
    const deadlineMs = performance.now() + LONGEST_MS;
    const sayProgress = saysNowAndThen();
    while (performance.now() < deadlineMs) {
      const { QueryExecution } = await client.getQueryExecution({ QueryExecutionId }, { abortSignal });
      const state = QueryExecution?.Status?.State;
      if (state === 'SUCCEEDED') return;
      if (state === 'FAILED' || state === 'CANCELLED') throw failureOf(QueryExecution, reports?.scanLimitGb);
      const megabytes = Math.round((QueryExecution?.Statistics?.DataScannedInBytes ?? 0) / 1e6);
      sayProgress(() => `  ${megabytes} MB scanned so far`);
      await sleep(POLL_MS, undefined, { signal: abortSignal });
    }
    throw new EnvironmentError('Athena has not finished the report in 45 minutes');
  }

  async function resultOf(QueryExecutionId: string, abortSignal: AbortSignal): Promise<Table> {
    const rows: Row[] = [];
    let columns: ColumnInfo[] = [];
    for await (const { ResultSet } of paginateGetQueryResults({ client }, { QueryExecutionId }, { abortSignal })) {
      columns = ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
      rows.push(...(ResultSet?.Rows ?? []));
    }
    return {
      columns: columns.map(({ Name = '' }) => Name),
      // The first row has the names of the columns.
      rows: rows.slice(1).map(({ Data = [] }) => columns.map(({ Type }, at) => cellOf(Type, Data[at]?.VarCharValue))),
    };
  }

  return { query, close: async () => client.destroy() };
}

function missing(stageName: string, cause?: unknown): EnvironmentError {
  const text = `the stage ${stageName} has no reports: set reports in infra/lib/stages.ts and deploy (docs/deploying.md#reports)`;
  return new EnvironmentError(text, { cause });
}

function failureOf(query: QueryExecution | undefined, scanLimitGb: number | undefined): EnvironmentError {
  const reason = query?.Status?.StateChangeReason ?? 'it gives no reason';
  if (!/bytes scanned limit/i.test(reason)) return new EnvironmentError(`Athena has not run the report: ${reason}`);
  const text = `the report would read more than ${scanLimitGb} GB: raise reports.scanLimitGb in infra/lib/stages.ts and deploy`;
  return new EnvironmentError(`${text} (1,000 GB cost $5)`);
}

function cellOf(type: string | undefined, text: string | undefined): Cell {
  if (text === undefined) return null;
  if (type === 'bigint' || type === 'integer') return BigInt(text);
  return type === 'double' ? Number(text) : text;
}

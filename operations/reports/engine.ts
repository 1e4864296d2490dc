import type { Environment } from '../environment.ts';

/** A whole number is a bigint, any other number a number. */
export type Cell = string | bigint | number | null;

export interface Table {
  columns: string[];
  rows: Cell[][];
}

/** Runs the SQL of reports on the exported orders. */
export interface ReportEngine {
  /** Rejects soon after the signal aborts, and stops the query. */
  query(sql: string, signal: AbortSignal): Promise<Table>;
  close(): Promise<void>;
}

/** DuckDB on the orders of this machine, or Athena on the exports of a stage. Each is loaded when it is needed: DuckDB is only for development. */
export async function openReportEngine(
  environment: Environment,
  stage: string | undefined,
  signal: AbortSignal,
): Promise<ReportEngine> {
  if (stage !== undefined) return (await import('./athena.ts')).openAthena(stage);
  return (await import('./duckdb.ts')).openLocalOrders(environment, signal);
}

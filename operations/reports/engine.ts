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

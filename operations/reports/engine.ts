/** bigint: whole numbers; number: doubles. */
export type Cell = string | bigint | number | null;

export interface Table {
  columns: string[];
  rows: Cell[][];
}

export interface ReportEngine {
  /** Runs one SQL statement. Rejects soon after the signal aborts, and stops the query. */
  query(sql: string, signal: AbortSignal): Promise<Table>;
  close(): Promise<void>;
}

import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { CREATE_TABLE, type SqlClient } from './sql-store.ts';

/** The SQLite file of a service, as the pool that `SqlStore` takes. It has one connection: transactions run one at a time. */
export class SqlitePool {
  private readonly writer: DatabaseSync;
  private readonly reader: DatabaseSync;
  private released: Promise<void> = Promise.resolve();

  constructor(file: string, schema: string) {
    this.writer = new DatabaseSync(file);
    // A reader then sees the last commit, and waits for no writer.
    this.writer.exec('PRAGMA journal_mode = WAL');
    this.writer.exec(`${CREATE_TABLE}; ${schema}`);
    this.reader = new DatabaseSync(file, { readOnly: true });
  }

  async connect(): Promise<SqlClient> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.released;
    this.released = promise;
    await before;
    return {
      query: async (sql, values = []) => {
        const statement = this.writer.prepare(sql.replaceAll('$', '?'));
        return { command: sql, rowCount: Number(statement.run(...(values as SQLInputValue[])).changes) };
      },
      release: (failed) => {
        if (failed && this.writer.isTransaction) this.writer.exec('ROLLBACK');
        resolve();
      },
    };
  }

  /** Reads what is committed. */
  rows(sql: string, ...values: SQLInputValue[]): Record<string, SQLOutputValue>[] {
    return this.reader.prepare(sql).all(...values);
  }
}

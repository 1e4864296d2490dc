import type { Apply, ConsumerStore } from '#libs/order-events';

/** The part of a `pg` connection that the store uses. */
export interface SqlClient {
  query(sql: string, values?: unknown[]): Promise<{ command: string; rowCount: number | null }>;
  release(close?: boolean): void;
}

export const CREATE_TABLE = `
  CREATE TABLE IF NOT EXISTS applied_orders (order_id text PRIMARY KEY, version bigint NOT NULL)`;

/** Locks the row until the commit: a second consumer waits here, then finds that its version is not newer. */
const RAISE_VERSION = `
  INSERT INTO applied_orders (order_id, version) VALUES ($1, $2)
  ON CONFLICT (order_id) DO UPDATE SET version = excluded.version
  WHERE applied_orders.version < excluded.version`;

/** Remembers versions in a table of the service's own database, in one transaction with what `apply` writes. */
export class SqlStore implements ConsumerStore<SqlClient> {
  private readonly pool: { connect(): Promise<SqlClient> };

  constructor(pool: { connect(): Promise<SqlClient> }) {
    this.pool = pool;
  }

  async commitIfNewer(orderId: string, version: number, apply: Apply<SqlClient>): Promise<boolean> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const raised = await client.query(RAISE_VERSION, [orderId, version]);
      if (raised.rowCount === 1) await apply(client);
      // After a statement that failed, PostgreSQL answers COMMIT with a ROLLBACK and no error.
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT') throw new Error(`expected a COMMIT of ${orderId}:${version}, got a ${command}`);
      client.release();
      return raised.rowCount === 1;
    } catch (error) {
      // Closes the connection, which rolls back.
      client.release(true);
      throw error;
    }
  }
}

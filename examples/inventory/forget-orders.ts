import type { SqlClient } from '../consumer/sql-store.ts';

/** Deletes derived rows and applied versions in one transaction, before a replay. */
export async function forgetOrders(client: SqlClient): Promise<void> {
  await client.query('BEGIN');
  await client.query('DELETE FROM ordered_goods');
  await client.query('DELETE FROM applied_orders');
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT') throw new Error(`expected a COMMIT, got a ${command}`);
}

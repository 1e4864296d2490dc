import { DatabaseSync } from 'node:sqlite';

const TABLES = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS disabled_endpoints (endpoint TEXT PRIMARY KEY, disabled_at TEXT);
  CREATE TABLE IF NOT EXISTS deliveries (
    endpoint TEXT, order_id TEXT, version INTEGER, PRIMARY KEY (endpoint, order_id)) WITHOUT ROWID`;

/** What must outlive the process, in a file of SQLite: disabled endpoints, and the version of each order that each endpoint has. */
export class DeliveryState {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = new DatabaseSync(file, { timeout: 5_000 });
    this.database.exec(TABLES);
  }

  isDisabled(endpoint: string): boolean {
    return this.database.prepare('SELECT 1 FROM disabled_endpoints WHERE endpoint = ?').get(endpoint) !== undefined;
  }

  disable(endpoint: string, disabledAt: string): void {
    this.database.prepare('INSERT OR REPLACE INTO disabled_endpoints VALUES (?, ?)').run(endpoint, disabledAt);
  }

  /** Enables an endpoint, and forgets what it received, so that a replay reaches it. */
  enable(endpoint: string): void {
    this.database.prepare('DELETE FROM deliveries WHERE endpoint = ?').run(endpoint);
    this.database.prepare('DELETE FROM disabled_endpoints WHERE endpoint = ?').run(endpoint);
  }

  /** The version of an order that the endpoint accepted last; 0 before the first. */
  deliveredVersion(endpoint: string, orderId: string): number {
    const select = 'SELECT version FROM deliveries WHERE endpoint = ? AND order_id = ?';
    return Number(this.database.prepare(select).get(endpoint, orderId)?.['version'] ?? 0);
  }

  recordDelivery(endpoint: string, orderId: string, version: number): void {
    this.database.prepare('INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?)').run(endpoint, orderId, version);
  }

  close(): void {
    this.database.close();
  }
}

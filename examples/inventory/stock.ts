import { SqlitePool } from '../consumer/sqlite-pool.ts';

/**
 * What is on hand goes to the orders in the sequence of their arrival, so the sum of all reservations is never greater. What an
 * order releases, the next order in the sequence has at once.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stock (sku text PRIMARY KEY, received integer NOT NULL CHECK (received >= 0));
  CREATE TABLE IF NOT EXISTS ordered_goods (
    arrival integer PRIMARY KEY, order_id text NOT NULL, sku text NOT NULL, needed integer NOT NULL, gone integer NOT NULL,
    UNIQUE (order_id, sku));
  CREATE INDEX IF NOT EXISTS goods_by_sku ON ordered_goods (sku, arrival);
  CREATE VIEW IF NOT EXISTS goods_on_hand AS
    SELECT ordered_goods.*, coalesce(received, 0) - sum(gone) OVER (PARTITION BY sku) AS on_hand,
      sum(needed) OVER (PARTITION BY sku ORDER BY arrival) - needed AS needed_before
    FROM ordered_goods LEFT JOIN stock USING (sku);
  CREATE VIEW IF NOT EXISTS reserved_goods AS
    SELECT order_id, sku, on_hand, needed, max(0, min(needed, on_hand - needed_before)) AS quantity FROM goods_on_hand`;

export interface SkuStock {
  sku: string;
  onHand: number;
  reserved: number;
  /** What orders need and nothing is there for. */
  short: number;
}

/** The goods of the shop in a SQLite file. */
export class Stock {
  readonly pool: SqlitePool;

  /** @param received how much of each SKU the shop has ever received; a greater number at a later start is a delivery */
  constructor(file: string, received: Readonly<Record<string, number>>) {
    const json = JSON.stringify(received).replaceAll("'", "''");
    this.pool = new SqlitePool(
      file,
      `${SCHEMA}; INSERT INTO stock SELECT key, value FROM json_each('${json}') WHERE true
       ON CONFLICT (sku) DO UPDATE SET received = excluded.received`,
    );
  }

  /** The stock of each SKU that the order has. */
  ofOrder(orderId: string): SkuStock[] {
    const rows = this.pool.rows(
      `SELECT sku, on_hand AS onHand, sum(quantity) AS reserved, sum(needed - quantity) AS short FROM reserved_goods
       WHERE sku IN (SELECT sku FROM ordered_goods WHERE order_id = ?) GROUP BY sku ORDER BY sku`,
      orderId,
    );
    return rows as unknown as SkuStock[];
  }
}

import { paymentClaimOf } from '#libs/orders';
import type { Row } from './expressions.ts';
import type { MappedOrder, Mapping } from './mapping.ts';
import type { readCorrections } from './run-files.ts';

/** Where a source goes on: the key of a row in MySQL, the number of rows in a file. */
export type Position = readonly string[];

export interface SourceRow {
  row: Row;
  position: Position;
}

/** A table of orders: on a MySQL server, in a dump, or in a CSV file. */
export interface Source {
  /** Names it without credentials. */
  name: string;
  columns: readonly string[];
  /** What it sends to the server. */
  sql: string;
  /** The rows after a position. Those of an order follow each other. */
  rows(after: Position | undefined): AsyncIterable<SourceRow>;
  /** The number of rows, for the remaining time. A file is not read to count them. */
  count?(): Promise<number>;
  close?(): Promise<void>;
}

export const WHICH_TABLE = 'which table? Type --table NAME, or table: NAME in the mapping';

/** The rows of one order. */
export interface OrderRows {
  /** The position of the first row. It names the order even where its number cannot be computed. */
  key: string;
  rows: Row[];
  /** The position of the last row. */
  position: Position;
}

const ORDERS_PER_BATCH = 250;

/** Batches of orders. Rows with the same value of the column, one after the other, are an order; without a column each row is. */
async function* orderBatches(source: Source, column: string | undefined, after?: Position) {
  let batch: OrderRows[] = [];
  let last: OrderRows | undefined;
  for await (const { row, position } of source.rows(after)) {
    if (last && column !== undefined && last.rows[0]?.[column] === row[column]) {
      last.rows.push(row);
      last.position = position;
      continue;
    }
    if (batch.length === ORDERS_PER_BATCH) {
      yield batch;
      batch = [];
    }
    last = { key: position.join(','), rows: [row], position };
    batch.push(last);
  }
  if (batch.length > 0) yield batch;
}

export interface ReadOrder {
  source: OrderRows;
  mapped: MappedOrder;
}

/** What an import reads: a source, its mapping, and orders that were corrected by hand. */
export interface OrderInput {
  source: Source;
  mapping: Mapping;
  correctionOf: ReturnType<typeof readCorrections>;
}

/**
 * Batches of mapped orders. Corrected orders replace those of the source; a number or payment that comes again is a problem.
 * @param isNew whether the text comes for the first time
 */
export async function* mappedOrders(
  { source, mapping, correctionOf }: OrderInput,
  isNew: (text: string) => boolean,
  after?: Position,
) {
  for await (const batch of orderBatches(source, mapping.order, after)) {
    const orders: ReadOrder[] = [];
    for (const one of batch) {
      const correction = correctionOf(one);
      if (correction?.leaveOut) continue;
      const mapped = mapping.map(correction?.rows ?? one.rows);
      const { problems, number, order } = mapped;
      if (problems.length === 0 && !isNew(`number ${number}`))
        problems.push(['importedNumber: an earlier order has the same', number]);
      if (problems.length === 0 && !isNew(paymentClaimOf(order)))
        problems.push(['payment: an earlier order has the same', order.payment.reference]);
      orders.push({ source: one, mapped });
    }
    yield { orders, rows: batch.reduce((sum, { rows }) => sum + rows.length, 0), position: batch.at(-1)!.position };
  }
}

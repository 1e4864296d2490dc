import type { Readable } from 'node:stream';
import { BATCH_PART_ROWS, MAX_BATCH_ROWS } from '#libs/order-requests';
import { ArraySplitter, LineSplitter, type RowText } from './row-splitter.ts';

/** A row of a batch, counted from 1. */
export type NumberedRow = RowText & { row: number };

export interface RowsPart {
  part: number;
  rows: NumberedRow[];
  isLast: boolean;
}

/** 1,000 orders of 16 KB each. */
export const MAX_BATCH_BYTES = 16 * 1_024 * 1_024;
const MAX_BATCH_MIB = MAX_BATCH_BYTES / 1_024 / 1_024;

/** Reads a body row by row, as fast as its rows are worked on; what is beyond the bounds is one row with a fault. */
async function* rowsOf(body: Readable, isArray: boolean): AsyncGenerator<NumberedRow> {
  const splitter = isArray ? new ArraySplitter() : new LineSplitter();
  let row = 0;
  let bytes = 0;
  // Whoever asks has the rest of the body read: destroyed, it would end the connection before the answer has gone.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (const text of splitter.push(chunk)) {
      row += 1;
      if (row > MAX_BATCH_ROWS) {
        yield { row, fault: `a batch has at most ${MAX_BATCH_ROWS} orders: ${UNREAD}` };
        return;
      }
      yield { ...text, row };
    }
    if (bytes > MAX_BATCH_BYTES) {
      yield { row: row + 1, fault: `a batch has at most ${MAX_BATCH_MIB} MiB: ${UNREAD}` };
      return;
    }
  }
  for (const text of splitter.end()) yield { ...text, row: (row += 1) };
}

const UNREAD = 'this one and those after it were not read';

/** The same rows, so many at a time. */
export async function* partsOf(body: Readable, isArray: boolean): AsyncGenerator<RowsPart> {
  let part = 1;
  let rows: NumberedRow[] = [];
  for await (const row of rowsOf(body, isArray)) {
    if (rows.length === BATCH_PART_ROWS) {
      yield { part, rows, isLast: false };
      part += 1;
      rows = [];
    }
    rows.push(row);
  }
  if (rows.length > 0) yield { part, rows, isLast: true };
}

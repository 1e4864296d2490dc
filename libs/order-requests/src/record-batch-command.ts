import { RECORD_BATCH } from '#libs/orders';
import { Equals, IsInt, IsObject, Max, Min } from 'class-validator';
import { checkCommand, orderIdErrors } from './command-check.ts';
import { Count, Instant, ListOf, Nested, Optional, OrderId, PlainText } from './field-rules.ts';

/** The most orders in a batch. */
export const MAX_BATCH_ROWS = 1_000;
/**
 * Rows of a part. A refused row has at most 6 KB, so a part has at most 120 KB: well within an item (400 KB) and a
 * message (1 MiB).
 */
export const BATCH_PART_ROWS = 20;
/** The row that reports the limit has a number too. */
const MAX_ROW = MAX_BATCH_ROWS + 1;
const MAX_PART = Math.ceil(MAX_ROW / BATCH_PART_ROWS);

/** The outcome of one order of a batch: accepted with its id, or refused with the problem (RFC 9457). */
export class BatchRow {
  /** Counts the orders of the batch, from 1. */
  @Count(MAX_ROW)
  row!: number;

  @Optional()
  @OrderId()
  orderId?: string;

  @Optional()
  @IsObject()
  problem?: Record<string, unknown>;
}

export class BatchTotals {
  @IsInt()
  @Min(0)
  @Max(MAX_ROW)
  accepted!: number;

  @IsInt()
  @Min(0)
  @Max(MAX_ROW)
  refused!: number;
}

/** The message that asks the worker to store the outcomes of some rows of a batch, as JSON in the body of an SQS message. */
export class RecordBatchCommand {
  @Equals(RECORD_BATCH)
  type!: typeof RECORD_BATCH;

  @OrderId()
  batchId!: string;

  /** Part n starts at row 20 × (n − 1) + 1. */
  @Count(MAX_PART)
  part!: number;

  @ListOf(() => BatchRow, 1, BATCH_PART_ROWS)
  rows!: BatchRow[];

  /** Only in the last part. */
  @Optional()
  @Nested(() => BatchTotals)
  totals?: BatchTotals;

  /** When the api started to receive the batch, the last time that it was sent. ISO 8601, UTC, milliseconds. */
  @Instant()
  receivedAt!: string;

  /** W3C trace context of the request. */
  @PlainText(64)
  traceparent!: string;
}

/** @throws OrderError MALFORMED_COMMAND: see `checkCommand`. */
export function parseRecordBatchCommand(document: unknown): RecordBatchCommand {
  return checkCommand({ pattern: RECORD_BATCH, type: RecordBatchCommand }, document, ({ rows }) =>
    rows.flatMap(({ orderId, problem }, index) => {
      if (orderId !== undefined) return orderIdErrors(orderId, `/rows/${index}/orderId`);
      if (!problem) return [{ pointer: `/rows/${index}`, detail: 'must have an order id or a problem' }];
      return canBeKept(problem) ? [] : [{ pointer: `/rows/${index}/problem`, detail: 'has a number out of bounds' }];
    }),
  );
}

/** Whether the table can store all numbers of the problem: it refuses integers that are not exact in JavaScript. Iterative, because the depth is not bounded. */
function canBeKept(problem: object): boolean {
  const left: unknown[] = [problem];
  for (let value = left.pop(); left.length > 0 || value !== undefined; value = left.pop()) {
    if (typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) return false;
    if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) left.push(part);
  }
  return true;
}

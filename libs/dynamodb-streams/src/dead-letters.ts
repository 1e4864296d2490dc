import type { ChangeRecord } from './change-stream.ts';

/** A record for the dead letters. */
export interface DeadLetter {
  record: ChangeRecord;
  shardId: string;
  /** Why the sink refuses the record, or that an earlier record of its item is quarantined. For people. */
  reason: string;
}

/**
 * Port: stores records that the sink refuses for good, and later records of the same item behind them. Resolves when the
 * record is stored. Dead letters of one item keep their order, and a second one of the same record does no harm.
 * `SqsFifoDeadLetters` is the adapter.
 */
export interface DeadLetters {
  send(deadLetter: DeadLetter): Promise<void>;
}

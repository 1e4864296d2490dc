import type { ChangeRecord } from './change-stream.ts';

/** Why a record goes to the dead letters, for programs. */
export const RECORD_DEAD_LETTER_CODES = [
  /** The sink could not make a message of the record. */
  'NO_MESSAGE',
  /** The sink refuses the record permanently. */
  'SINK_REFUSED',
  /** An earlier record of the same item is in the dead letters. */
  'BEHIND_QUARANTINED',
] as const;
export type RecordDeadLetterCode = (typeof RECORD_DEAD_LETTER_CODES)[number];

/** Why a record goes to the dead letters: the code is for programs, the detail for people. */
export interface DeadLetterReason {
  code: RecordDeadLetterCode;
  detail: string;
}

/** A record for the dead letters. */
export interface DeadLetter extends DeadLetterReason {
  record: ChangeRecord;
  shardId: string;
}

/**
 * Port: stores records that the sink refuses permanently, and later records of the same item behind them. Resolves when the
 * record is stored. Dead letters of one item keep their order, and a second one of the same record does no harm.
 * `SqsFifoDeadLetters` is the adapter.
 */
export interface DeadLetters {
  send(deadLetter: DeadLetter): Promise<void>;
}

import type { ChangeRecord } from './change-stream.ts';

/** Permission to publish a record. An adapter that lets records wait checks it just before it sends one. */
export interface PublishPermit {
  /** False once another consumer may own the shard: the record must not be sent. */
  granted(): boolean;
}

/**
 * Port: the destination of records. The consumer never has two records of one item in `publish` at a time, which keeps the
 * order of an item's records. A sink may batch records of different items.
 */
export interface Sink {
  /**
   * Resolves when the destination has accepted the record, or does not need it. A rejection is retried with backoff
   * forever, unless its error has `retryable: false`: this record is refused permanently.
   */
  publish(record: ChangeRecord, permit: PublishPermit): Promise<void>;
}

/** Whether the sink refuses the record permanently. All other errors count as transient. */
export function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === false;
}

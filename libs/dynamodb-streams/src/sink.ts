import type { ChangeRecord } from './change-stream.ts';

/** Asked by an adapter that lets a record wait, just before it sends it. */
export interface PublishPermit {
  /** False once another consumer may own the shard: the record must not be sent any more. */
  granted(): boolean;
}

/**
 * Port: where records go. The consumer never has two records of one item in `publish` at a time, so the order of an
 * item's records is kept by waiting for each; batching over items is the sink's own business.
 */
export interface Sink {
  /**
   * Resolves when the destination has accepted the record, or has no use for it. A rejection is tried again with
   * backoff for ever; one with `retryable: false` says that this record is refused for good.
   */
  publish(record: ChangeRecord, permit: PublishPermit): Promise<void>;
}

/** Whether the sink says that trying again cannot help. Anything it does not say counts as transient. */
export function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === false;
}

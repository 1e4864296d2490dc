/** Names of the events in the log; each has fields, with `shardId` if it concerns a shard. */
export type LogEvent =
  | 'consumer_started'
  | 'consumer_stopped'
  | 'shards_discovered'
  | 'discovery_failed'
  | 'coordination_failed'
  | 'lease_claimed'
  | 'lease_claim_missed'
  | 'lease_renewal_failed'
  | 'lease_lost'
  | 'lease_released'
  | 'lease_deleted'
  | 'hand_over_requested'
  | 'hand_over_started'
  | 'shard_closed'
  | 'shard_ended'
  | 'shard_failed'
  | 'poll_failed'
  | 'iterator_expired'
  | 'records_trimmed'
  | 'records_possibly_trimmed'
  | 'shard_vanished'
  | 'stream_disabled'
  | 'checkpoint_failed'
  | 'publish_failed'
  | 'record_refused'
  | 'record_quarantined'
  | 'quarantine_full'
  | 'stop_incomplete';

/** Receives each event with its fields, which contain no images and no keys of items. Must not throw. */
export type LogListener = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: LogEvent,
  fields: Record<string, unknown>,
) => void;

/** Names of the counters. */
export type CounterName =
  | 'polls'
  | 'poll_failures'
  | 'records_read'
  | 'records_published'
  | 'publish_failures'
  | 'records_refused'
  | 'records_quarantined'
  | 'gaps'
  | 'leases_claimed'
  | 'leases_lost'
  | 'hand_overs_requested'
  | 'shards_ended'
  | 'discovery_failures'
  | 'coordination_failures';

/** Names of the gauges; milliseconds if the name ends with `_ms`. */
export type GaugeName =
  /** Age of the record just published, from its change to the acceptance by the sink. */
  | 'published_record_age_ms'
  /** How long the shard that has waited longest for an owner has been free or abandoned; 0 when there is none. */
  | 'oldest_unowned_shard_ms'
  /** How many shards this consumer owns; not a time. */
  | 'leases_owned';

/** Receives counts and gauges. Must not throw. */
export interface MetricsListener {
  count(name: CounterName, by: number, fields: { shardId?: string }): void;
  gauge(name: GaugeName, value: number, fields: { shardId?: string }): void;
}

/** Both listeners; a silent one replaces a listener that the caller did not give. */
export interface Telemetry {
  log: LogListener;
  metrics: MetricsListener;
}

export const noLog: LogListener = () => undefined;
export const noMetrics: MetricsListener = { count: () => undefined, gauge: () => undefined };

/** Returns an error as log fields: its name, code and message, and those of its cause. */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = 'code' in error ? error.code : undefined;
  return {
    error: error.message,
    errorName: error.name,
    ...(code === undefined ? {} : { errorCode: code }),
    ...(error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {}),
  };
}

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

/** Names of the counters: records that the sink has accepted, records moved to the dead letters, and recorded gaps. */
export type CounterName = 'records_published' | 'records_quarantined' | 'gaps';

/** Name of the gauge: the age of the record just published, from its change to the acceptance by the sink. */
export type GaugeName = 'published_record_age_ms';

/** Receives counts and gauges. Must not throw. */
export interface MetricsListener {
  /** Adds one to the counter. */
  count(name: CounterName): void;
  gauge(name: GaugeName, value: number): void;
}

/** Both listeners; a silent one replaces a listener that the caller did not give. */
export interface Listeners {
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

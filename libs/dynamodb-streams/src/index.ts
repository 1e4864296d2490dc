export type {
  AttributeMap,
  ChangeRecord,
  ChangeStream,
  RecordPage,
  ShardDescription,
  ShardPage,
  StartPosition,
} from './change-stream.ts';
export { compareSequenceNumbers } from './change-stream.ts';
export { systemClock, type Clock } from './clock.ts';
export * from './errors.ts';
export type { Lease, LeaseHold, LeaseStore } from './lease-store.ts';
export type { StreamConsumerOptions, StreamConsumerSettings } from './options.ts';
export type { PublishPermit, Sink } from './sink.ts';
export type { ShardStatus, StreamConsumerStatus } from './status.ts';
export { StreamConsumer, type StreamConsumerPorts } from './stream-consumer.ts';
export { errorFields } from './telemetry.ts';
export type { CounterName, GaugeName, LogEvent, LogListener, MetricsListener } from './telemetry.ts';
export * from './aws/dynamodb-change-stream.ts';
export * from './aws/dynamodb-lease-store.ts';
export * from './aws/sns-fifo-sink.ts';

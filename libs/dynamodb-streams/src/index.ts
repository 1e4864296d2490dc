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
export type { DeadLetter, DeadLetterCode, DeadLetters } from './dead-letters.ts';
export type { FollowOutcome, Gap, GroupLedger, GroupStart, QuarantinedItem } from './group-ledger.ts';
export { systemClock, type Clock } from './clock.ts';
export {
  InvalidOptionError,
  NoMessageError,
  PublishFailedError,
  PublishRefusedError,
  StreamConsumerError,
  type StreamConsumerErrorCode,
} from './errors.ts';
export type { Lease, LeaseHold, LeaseStore } from './lease-store.ts';
export type { StreamConsumerPorts } from './dependencies.ts';
export type { StreamConsumerOptions, StreamConsumerSettings } from './options.ts';
export type { PublishPermit, Sink } from './sink.ts';
export type { ShardStatus, StreamConsumerStatus } from './status.ts';
export { SeededRandom } from './seeded-random.ts';
export { StreamConsumer } from './stream-consumer.ts';
export { errorFields } from './telemetry.ts';
export type { CounterName, GaugeName, LogEvent, LogListener, MetricsListener } from './telemetry.ts';
export {
  DynamoDbChangeStream,
  type DynamoDbChangeStreamOptions,
  keysOfItem,
  readStreamArn,
} from './aws/dynamodb-change-stream.ts';
export { deadLetterBody, readDeadLetter, type ReadDeadLetter } from './aws/dead-letter-body.ts';
export { DynamoDbGroupLedger } from './aws/dynamodb-group-ledger.ts';
export { DynamoDbLeaseStore } from './aws/dynamodb-lease-store.ts';
export { leaseTableDefinition, type LeaseTableOptions } from './aws/lease-table.ts';
export { type FifoMessage, makeOrRefuse, SnsFifoTopic, type SnsFifoTopicOptions } from './aws/sns-fifo-topic.ts';
export {
  RECORD_DEAD_LETTER_ATTRIBUTES,
  SqsFifoDeadLetters,
  type SqsFifoDeadLettersOptions,
} from './aws/sqs-fifo-dead-letters.ts';

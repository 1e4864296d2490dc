import type { ChangeStream } from './change-stream.ts';
import type { Clock } from './clock.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { GroupLedger } from './group-ledger.ts';
import type { StreamConsumerOptions } from './options.ts';
import type { ShardListings } from './shard-listing.ts';
import type { Sink } from './sink.ts';
import type { Telemetry } from './telemetry.ts';

/** What every shard of a consumer shares. */
export interface ShardSurroundings {
  stream: ChangeStream;
  listings: ShardListings;
  ledger: GroupLedger;
  sink: Sink;
  deadLetters: DeadLetters | undefined;
  clock: Clock;
  random: () => number;
  options: StreamConsumerOptions;
  telemetry: Telemetry;
}

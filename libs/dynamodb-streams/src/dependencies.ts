import type { ChangeStream } from './change-stream.ts';
import { type Clock, systemClock, within } from './clock.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { GroupLedger } from './group-ledger.ts';
import type { LeaseStore } from './lease-store.ts';
import { completeOptions, type StreamConsumerOptions, type StreamConsumerSettings } from './options.ts';
import { ShardListings } from './shard-discovery.ts';
import type { Sink } from './sink.ts';
import { type LogListener, type MetricsListener, noLog, noMetrics, type Listeners } from './listeners.ts';

/** Everything that a consumer depends on. */
export interface StreamConsumerPorts {
  stream: ChangeStream;
  leases: LeaseStore;
  ledger: GroupLedger;
  sink: Sink;
  /** Receives records that the sink refuses permanently. Without it they are retried forever. */
  deadLetters?: DeadLetters;
  /** Default: the clock of the machine. */
  clock?: Clock;
  /** Evenly distributed in [0, 1). Default: `Math.random`. */
  random?: () => number;
  /** Default: silent. */
  log?: LogListener;
  /** Default: none. */
  metrics?: MetricsListener;
}

/** The dependencies that all parts of a consumer share: its ports, with a time limit on each call, and its options. */
export interface Dependencies extends Required<Omit<StreamConsumerPorts, 'deadLetters' | 'log' | 'metrics'>> {
  listings: ShardListings;
  deadLetters: DeadLetters | undefined;
  options: StreamConsumerOptions;
  listeners: Listeners;
}

/** Most listings for the shards of a consumer between two discoveries: one every 5 s with the default options. */
const LISTINGS_EACH_DISCOVERY = 6;

/** @throws InvalidOptionError that states the rule and the value */
export function dependenciesOf(ports: StreamConsumerPorts, settings: StreamConsumerSettings): Dependencies {
  const { clock = systemClock, random = Math.random, log = noLog, metrics = noMetrics, deadLetters } = ports;
  const options = completeOptions(settings);
  const { streamCallTimeoutMs, leaseCallTimeoutMs, publishTimeoutMs, discoveryIntervalMs } = options;
  const stream = limited('stream', ports.stream, clock, streamCallTimeoutMs);
  return {
    stream,
    listings: new ShardListings(stream, clock, discoveryIntervalMs / LISTINGS_EACH_DISCOVERY),
    leases: limited('leases', ports.leases, clock, leaseCallTimeoutMs),
    ledger: limited('ledger', ports.ledger, clock, leaseCallTimeoutMs),
    sink: limitedSink(ports.sink, clock, publishTimeoutMs),
    deadLetters: deadLetters && limited('dead letters', deadLetters, clock, publishTimeoutMs),
    clock,
    random,
    options,
    listeners: { log, metrics },
  };
}

/**
 * Returns the port with a time limit on each call. A call that hangs, such as an SDK call that waits for a free socket
 * (aws-sdk-js-v3 #3722), becomes a failed call, and every loop of the consumer handles failed calls.
 */
function limited<Port extends object>(name: string, port: Port, clock: Clock, limitMs: number): Port {
  return new Proxy(port, {
    get: (target, method: string & keyof Port) => {
      const call = target[method] as (...input: unknown[]) => Promise<unknown>;
      return (...input: unknown[]) => within(clock, limitMs, `${name}.${method}`, call.apply(target, input));
    },
  });
}

function limitedSink(sink: Sink, clock: Clock, limitMs: number): Sink {
  return {
    publish: async (record, permit) => {
      let isWaitedFor = true;
      // A record that still waits in the sink after its time limit must not be sent beside its next attempt.
      const ownPermit = { granted: () => isWaitedFor && permit.granted() };
      // The function is async so that a sink may throw synchronously, or return no promise.
      const publish = async () => sink.publish(record, ownPermit);
      try {
        await within(clock, limitMs, 'sink.publish', publish());
      } finally {
        isWaitedFor = false;
      }
    },
  };
}

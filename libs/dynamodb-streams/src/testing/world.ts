import type { StreamConsumerOptions } from '../options.ts';
import { SeededRandom } from '../seeded-random.ts';
import { StreamConsumer } from '../stream-consumer.ts';
import { type LogEvent, type MetricsListener, noMetrics } from '../listeners.ts';
import { MemoryChangeStream } from './memory-change-stream.ts';
import { MemoryDeadLetters, MemorySink } from './memory-destinations.ts';
import { MemoryGroupLedger } from './memory-group-ledger.ts';
import { MemoryLeaseStore } from './memory-lease-store.ts';
import { VirtualClock } from './virtual-clock.ts';

/** One stream, one lease table, one destination, one clock; and as many consumers as a test starts. */
export class World {
  readonly clock = new VirtualClock();
  readonly stream = new MemoryChangeStream();
  readonly leases = new MemoryLeaseStore();
  readonly ledger = new MemoryGroupLedger(this.leases);
  readonly sink = new MemorySink();
  readonly deadLetters = new MemoryDeadLetters();
  metrics: MetricsListener = noMetrics;
  readonly events: { event: LogEvent; fields: Record<string, unknown> }[] = [];
  private readonly crashed = new Set<string>();
  private readonly random: SeededRandom;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
  }

  /** Returns a consumer with the given sink, by default the shared one. It has not started. */
  consumer(consumerId: string, settings: Partial<StreamConsumerOptions> = {}, sink = this.sink): StreamConsumer {
    const { stream, leases, ledger, deadLetters } = this;
    const alive = () => !this.crashed.has(consumerId);
    return new StreamConsumer(
      {
        stream,
        leases,
        ledger,
        deadLetters,
        sink: { publish: (record, permit) => (alive() ? sink.publish(record, permit) : never()) },
        clock: {
          now: () => this.clock.now(),
          epochMs: () => this.clock.epochMs(),
          after: (ms, callback) => this.clock.after(ms, () => alive() && callback()),
        },
        random: this.random.next,
        metrics: this.metrics,
        log: (_, event, fields) => this.events.push({ event, fields }),
      },
      { consumerId, ...settings },
    );
  }

  /** Kills a consumer: nothing of it happens any more. */
  crash(consumerId: string): void {
    this.crashed.add(consumerId);
  }

  /** Starts a consumer and lets a moment pass. */
  async started(consumerId: string, settings: Partial<StreamConsumerOptions> = {}, sink = this.sink) {
    const consumer = this.consumer(consumerId, settings, sink);
    await Promise.all([consumer.start(), this.clock.advance(1)]);
    return consumer;
  }

  logged(event: LogEvent): Record<string, unknown>[] {
    return this.events.filter((entry) => entry.event === event).map((entry) => entry.fields);
  }

  checkpointOf(shardId: string): string | undefined {
    return this.leases.rows.get(shardId)?.checkpoint;
  }
}

/** Intervals in minutes instead of seconds, for a test in which a day passes. */
export const slowPaces = {
  leaseDurationMs: 3_600_000,
  renewIntervalMs: 600_000,
  leaseScanIntervalMs: 600_000,
  discoveryIntervalMs: 600_000,
  checkpointIntervalMs: 600_000,
  polling: { busyPauseMs: 600_000, idlePauseMs: 600_000 },
  retry: { baseMs: 60_000, capMs: 600_000 },
} satisfies Partial<StreamConsumerOptions>;

/** Returns a promise that never settles. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}

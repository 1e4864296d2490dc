import { unlessAborted } from './clock.ts';
import { type Dependencies, dependenciesOf, type StreamConsumerPorts } from './dependencies.ts';
import { StreamConsumerError, type StreamConsumerErrorCode } from './errors.ts';
import type { GroupStart } from './group-ledger.ts';
import type { HeldLease } from './held-lease.ts';
import { LeaseCoordinator } from './lease-coordinator.ts';
import type { StreamConsumerSettings } from './options.ts';
import { Rounds } from './pacing.ts';
import { ShardConsumer } from './shard-consumer.ts';
import { ShardDiscovery } from './shard-discovery.ts';
import { describeConsumer, type StreamConsumerStatus } from './status.ts';
import { errorFields } from './listeners.ts';

/** Errors that waiting cannot fix: `start()` rejects with them. */
const permanentErrors: ReadonlySet<string> = new Set<StreamConsumerErrorCode>([
  'STREAM_NOT_FOUND',
  'STREAM_DISABLED',
  'STREAM_REFUSED',
  'WRONG_STREAM',
  'LEASE_TABLE_NOT_FOUND',
  'LEASE_TABLE_REFUSED',
]);

const noErrors: ReadonlySet<string> = new Set();

/**
 * Reads a DynamoDB stream and publishes every record, once or more, in order for each item. Any number of consumers
 * with the same lease rows share the stream's shards; no two own one shard at a time.
 */
export class StreamConsumer {
  private readonly dependencies: Dependencies;
  private readonly discovery: ShardDiscovery;
  private readonly discoveries: Rounds;
  private readonly coordinator: LeaseCoordinator;
  private readonly scans: Rounds;
  private readonly shards = new Map<string, ShardConsumer>();
  private readonly runs = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private coordination: Promise<void> | undefined;
  private scanning: Promise<void> | undefined;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  /** @throws InvalidOptionError that states the rule and the value */
  constructor(ports: StreamConsumerPorts, settings: StreamConsumerSettings) {
    this.dependencies = dependenciesOf(ports, settings);
    const { options } = this.dependencies;
    this.discovery = new ShardDiscovery(this.dependencies);
    this.discoveries = new Rounds(this.dependencies, options.discoveryIntervalMs, () => this.discover());
    this.coordinator = new LeaseCoordinator(this.dependencies, this.discovery);
    this.scans = new Rounds(this.dependencies, options.leaseScanIntervalMs, () => this.scan());
  }

  /**
   * Resolves after the first read of the stream and the leases; the work continues until `stop()`. An outage at the start
   * is waited out like any other. A second call returns the result of the first, unless that was rejected. A consumer
   * that was stopped cannot be started again.
   *
   * @throws StreamConsumerError `STREAM_NOT_FOUND`, `STREAM_DISABLED`, `STREAM_REFUSED`, `WRONG_STREAM`,
   * `LEASE_TABLE_NOT_FOUND`, `LEASE_TABLE_REFUSED`: waiting cannot fix these; `CONSUMER_STOPPED` after `stop()`
   */
  async start(): Promise<void> {
    if (this.stopped) {
      const expected = 'expected a consumer that was not stopped; make a new one to start again';
      throw new StreamConsumerError('CONSUMER_STOPPED', expected);
    }
    this.started ??= this.startOnce().catch((error: unknown) => {
      this.started = undefined;
      throw error;
    });
    return this.started;
  }

  /**
   * Stops claiming and reading, waits for publishes in flight at most `stopTimeoutMs`, saves the checkpoints and frees
   * the leases. Never rejects, and takes at most `stopTimeoutMs + 3 × leaseCallTimeoutMs`.
   */
  stop(): Promise<void> {
    this.stopped ??= this.stopOnce();
    return this.stopped;
  }

  /** Returns the shards, their owners and their progress as last seen, for health checks and people. */
  status(): StreamConsumerStatus {
    const { coordinator, discovery, shards } = this;
    return describeConsumer(this.dependencies, {
      coordinator,
      discovery,
      shards,
      stopping: this.stopping.signal.aborted,
    });
  }

  private async startOnce(): Promise<void> {
    const stopping = this.stopping.signal;
    await this.discover(permanentErrors);
    if (!stopping.aborted) await this.scan(permanentErrors);
    if (stopping.aborted) return;
    this.dependencies.listeners.log('info', 'consumer_started', { consumerId: this.dependencies.options.consumerId });
    void this.discoveries.run(stopping);
    this.coordination = this.scans.run(stopping);
  }

  /** Resolves to whether the stream could be listed and the rows brought in step. Throws errors whose code is in `fatal`. */
  private async discover(fatal = noErrors): Promise<boolean> {
    try {
      const changed = await this.discovery.discover();
      // The start itself scans next.
      if (changed && this.coordination) this.scans.wake();
      return true;
    } catch (error) {
      this.noteFailure('discovery', error, fatal);
      return false;
    }
  }

  /** Resolves to whether the leases could be read and claimed. Throws errors whose code is in `fatal`. */
  private async scan(fatal = noErrors): Promise<boolean> {
    const scan = this.scanOnce();
    this.scanning = scan.catch(() => undefined);
    try {
      await scan;
      return true;
    } catch (error) {
      this.noteFailure('coordination', error, fatal);
      return false;
    }
  }

  private async scanOnce(): Promise<void> {
    const stopping = this.stopping.signal;
    await this.coordinator.scan({
      wanted: (shardId) => !stopping.aborted && !this.shards.has(shardId),
      mayRequest: () => !stopping.aborted,
      onClaim: (lease, group) => this.run(lease, group),
    });
  }

  private run(lease: HeldLease, group: GroupStart): void {
    // The claim may have been in flight when the consumer was stopped.
    const ended = this.stopping.signal.aborted ? lease.release() : this.consume(lease, group);
    const run = ended.finally(() => this.runs.delete(run));
    this.runs.add(run);
  }

  private async consume(lease: HeldLease, group: GroupStart): Promise<void> {
    const shard = new ShardConsumer(lease, group, this.dependencies);
    this.shards.set(shard.shardId, shard);
    try {
      // The children of an ended shard may be claimed now.
      if ((await shard.run()) === 'ENDED') this.scans.wake();
    } catch (error) {
      this.dependencies.listeners.log('error', 'shard_failed', { shardId: shard.shardId, ...errorFields(error) });
    } finally {
      this.shards.delete(shard.shardId);
    }
  }

  private async stopOnce(): Promise<void> {
    const { consumerId, stopTimeoutMs, leaseCallTimeoutMs } = this.dependencies.options;
    const { clock, listeners } = this.dependencies;
    const limit = new AbortController();
    const cancelLimit = clock.after(stopTimeoutMs + 3 * leaseCallTimeoutMs, () => limit.abort());
    this.stopping.abort();
    for (const shard of this.shards.values()) shard.stop();
    await unlessAborted(this.workDone(), limit.signal);
    cancelLimit();
    listeners.log('info', 'consumer_stopped', { consumerId });
  }

  /** The last scan may still add a run, so it is awaited first. */
  private async workDone(): Promise<void> {
    await Promise.all([this.scanning, this.coordination]);
    await Promise.all(this.runs);
  }

  private noteFailure(work: 'discovery' | 'coordination', error: unknown, fatal: ReadonlySet<string>): void {
    if (error instanceof StreamConsumerError && fatal.has(error.code)) throw error;
    this.dependencies.listeners.log('warn', `${work}_failed`, errorFields(error));
  }
}

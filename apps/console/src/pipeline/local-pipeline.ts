import { setTimeout as sleep } from 'node:timers/promises';
import { ordersDeadLetterQueue, ordersQueue, type QueueDefinition, relayDeadLetterQueue } from '#libs/resources';
import type { HealthReport } from '#libs/service';
import type { Environment } from '../../../../operations/environment.ts';
import { textOf } from '../../../../operations/terminal.ts';
import { ChangeFlow } from './change-flow.ts';
import { FailedAnswers } from './failed-answers.ts';
import {
  type Figure,
  type FigureName,
  ORDERS_QUEUE,
  type PipelineSource,
  type PipelineState,
  queuesOf,
  type Station,
} from './station.ts';

const TICK_MS = 1_000;
const KEPT_SECONDS = 3_600;
/** Longer than a service waits for its own dependencies. */
const HEALTH_WITHIN_MS = 2_000;
/** AWS's calls may hang for longer. */
const STALE_MS = 3_000;
/** The figures of now are the average of this many seconds. */
const AVERAGED = 3;

/** One second of the pipeline: the figures of each station. */
interface Sample {
  atMs: number;
  stations: Readonly<Record<string, Partial<Record<FigureName, number>>>>;
}

interface Health {
  state: Station['state'];
  detail?: string | undefined;
  shards?:
    | readonly { bufferedRecords?: number; inFlightRecords?: number; oldestUnpublishedRecordAgeMs?: number }[]
    | undefined;
}

type App = 'api' | 'worker' | 'stream-relay';
const UNKNOWN: Health = { state: 'unknown' };

/** The pipeline on this machine: asks the apps for their health, and SQS for its queues, each second. */
export class LocalPipelineSource implements PipelineSource {
  readonly failedAnswers = new FailedAnswers();
  private readonly changes: ChangeFlow;
  private readonly queueUrls = new Map<string, string>();
  private depths = new Map<string, number>();
  private readonly emptyAtMs = new Map<string, number>();
  private readonly startedAtMs = Date.now();
  private readonly stopping = new AbortController();
  private readonly queues: ReturnType<typeof queuesOf>;
  private samples: readonly Sample[] = [];
  private health: Record<App, Health> = { api: UNKNOWN, worker: UNKNOWN, 'stream-relay': UNKNOWN };
  /** Changes in the stream since the last sample. */
  private written = 0;
  private problem: string | undefined;

  constructor(
    private readonly environment: Environment,
    urls: Readonly<Record<App, string | undefined>>,
  ) {
    this.changes = new ChangeFlow(environment);
    this.queues = queuesOf(environment);
    for (const app of Object.keys(urls) as App[])
      void this.eachSecond(async () => void (this.health[app] = await healthOf(urls[app])));
    void this.eachSecond(async () => void (this.written += await this.changes.take()));
    void this.eachSecond(() => this.sample().catch((error: unknown) => (this.problem = textOf(error))));
  }

  stop(): void {
    this.stopping.abort();
  }

  state(): PipelineState {
    const { samples, last } = this;
    const atMs = last?.atMs ?? Date.now();
    const seconds = Math.round((atMs - (samples[0]?.atMs ?? atMs)) / 1_000);
    return { at: new Date(atMs).toISOString(), seconds, stations: this.stations() };
  }

  private get last(): Sample | undefined {
    return this.samples.at(-1);
  }

  /** What cannot be read now is read again in a second. */
  private async eachSecond(work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const next = sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
      await work().catch(() => undefined);
      await next;
    }
  }

  /**
   * The stream has what the worker has written. The rest of the flow follows from it: what leaves a station is what has entered it,
   * less the growth of its backlog.
   */
  private async sample(): Promise<void> {
    const names = [relayDeadLetterQueue, ...this.queues.map(({ queue }) => queue)].flatMap(({ name, redrive }) =>
      redrive ? [name, redrive.queue.name] : [name],
    );
    const depths = await Promise.all(names.map((name) => this.depthOf(name)));
    const atMs = Date.now();
    const { written } = this;
    this.written = 0;
    const before = this.depths;
    this.depths = new Map(depths);
    for (const [name, messages] of depths) if (messages === 0) this.emptyAtMs.set(name, atMs);
    const depth = ({ name }: QueueDefinition) => this.depths.get(name) ?? 0;
    const growth = (queue: QueueDefinition) => depth(queue) - (before.get(queue.name) ?? depth(queue));
    // SQS knows the age of the oldest message only in CloudWatch. It is not older than the time since the queue was seen empty.
    const queueFigures = (queue: QueueDefinition) => {
      const emptyAtMs = this.emptyAtMs.get(queue.name);
      return { backlog: depth(queue), ...(emptyAtMs !== undefined && { oldest: atMs - emptyAtMs }) };
    };

    const { state, shards = [] } = this.health['stream-relay'];
    const backlog = shards.reduce((sum, one) => sum + (one.bufferedRecords ?? 0) + (one.inFlightRecords ?? 0), 0);
    const relayed = state === 'up' ? written + (this.last?.stations['stream-relay']?.backlog ?? 0) - backlog : 0;
    const consumers = this.queues.filter(({ queue }) => queue !== ordersQueue);
    const published = Math.max(0, relayed, ...consumers.map(({ queue }) => growth(queue)));
    const failures = this.failedAnswers.inLastMinute();
    const stations: Sample['stations'] = {
      api: { flow: Math.max(0, written + growth(ordersQueue)), ...(failures !== undefined && { failures }) },
      [ORDERS_QUEUE]: { flow: written, ...queueFigures(ordersQueue) },
      worker: { flow: written, failures: depth(ordersDeadLetterQueue) },
      'stream-relay': {
        flow: published,
        backlog,
        oldest: Math.max(0, ...shards.map((one) => one.oldestUnpublishedRecordAgeMs ?? 0)),
        failures: depth(relayDeadLetterQueue),
      },
      ...Object.fromEntries(
        consumers.map(({ name, queue }) => {
          const flow = Math.max(0, published - growth(queue));
          return [name, { flow, ...queueFigures(queue), failures: depth(queue.redrive!.queue) }];
        }),
      ),
    };
    this.problem = undefined;
    this.samples = [...this.samples.slice(1 - KEPT_SECONDS), { atMs, stations }];
  }

  private async depthOf(name: string): Promise<[string, number]> {
    const QueueUrl = this.queueUrls.get(name) ?? (await this.environment.queueUrl(name));
    this.queueUrls.set(name, QueueUrl);
    const { Attributes = {} } = await this.environment.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
    const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } = Attributes;
    return [name, Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible)];
  }

  private stations(): Station[] {
    const { last, health } = this;
    const isStale = Date.now() - (last?.atMs ?? this.startedAtMs) > STALE_MS;
    const problem = this.problem || (isStale ? 'SQS does not answer' : undefined);
    return Object.entries(last?.stations ?? health).map(([name, figures]) => {
      const { state, detail } = Object.hasOwn(health, name)
        ? health[name as App]
        : // Of a service that reads a queue, only the queue is known.
          ({ state: problem ? 'down' : 'unknown', detail: problem } as const);
      const known = Object.keys(last ? figures : {}) as FigureName[];
      return { name, state, detail, figures: Object.fromEntries(known.map((one) => [one, this.figure(name, one)])) };
    });
  }

  private figure(station: string, name: FigureName): Figure {
    const line = this.samples.map(({ stations }) => stations[station]?.[name] ?? 0);
    const recent = line.slice(name === 'flow' ? -AVERAGED : -1);
    return { line, now: recent.reduce((sum, value) => sum + value, 0) / Math.max(1, recent.length) };
  }
}

async function healthOf(url: string | undefined): Promise<Health> {
  if (url === undefined) return { state: 'unknown' };
  try {
    const response = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(HEALTH_WITHIN_MS) });
    const { dependencies = {} } = (await response.json()) as { dependencies?: Record<string, HealthReport> };
    const problems = Object.entries(dependencies).flatMap(([name, one]) =>
      one.detail ? [`${name}: ${one.detail}`] : [],
    );
    const { shards } = (dependencies['ordersStream'] ?? {}) as Pick<Health, 'shards'>;
    return { state: response.ok ? 'up' : 'down', detail: problems.join('; '), shards };
  } catch {
    return { state: 'down', detail: `no answer at ${url}` };
  }
}

import type { HealthReport } from '#libs/service';
import { eventConsumers, ordersDeadLetterQueue, ordersQueue, relayDeadLetterQueue } from '#libs/resources';
import type { Environment } from '../../../../operations/environment.ts';
import { textOf } from '../../../../operations/terminal.ts';
import { ChangeFlow } from './change-flow.ts';
import type { PipelineSource, PipelineState, Series, Station } from './pipeline-state.ts';

const TICK_MS = 1_000;
const HEALTH_WITHIN_MS = 1_000;
const KEPT_SECONDS = 3_600;

/** One second of the pipeline. */
interface Sample {
  atMs: number;
  placed: number;
  changed: number;
  /** Messages by queue. */
  depths: Readonly<Record<string, number>>;
}

interface Health {
  status: 'up' | 'down';
  detail?: string | undefined;
  stream?: (HealthReport & { shards?: ShardHealth[] }) | undefined;
}

interface ShardHealth {
  bufferedRecords?: number;
  inFlightRecords?: number;
  oldestUnpublishedRecordAgeMs?: number;
}

type Urls = Readonly<Record<'api' | 'worker' | 'stream-relay', string | undefined>>;

/** The pipeline on this machine: asks the apps for their health, and SQS for its queues, each second. */
export class LocalPipeline implements PipelineSource {
  private readonly flow: ChangeFlow;
  private readonly queueUrls = new Map<string, string>();
  /** When each queue was last empty. */
  private readonly emptyAtMs = new Map<string, number>();
  private samples: Sample[] = [];
  private health: Partial<Record<keyof Urls, Health>> = {};
  private problem: string | undefined;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly urls: Urls,
  ) {
    this.flow = new ChangeFlow(environment);
    void this.tick();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  state(): PipelineState {
    const last = this.samples.at(-1);
    return {
      at: new Date(last?.atMs ?? Date.now()).toISOString(),
      stations: this.stations(last),
      series: this.series(),
    };
  }

  private async tick(): Promise<void> {
    const startedMs = Date.now();
    await Promise.all([this.readHealth(), this.readQueues().catch((error: unknown) => (this.problem = textOf(error)))]);
    if (!this.stopped) this.timer = setTimeout(() => void this.tick(), Math.max(0, startedMs + TICK_MS - Date.now()));
  }

  private async readHealth(): Promise<void> {
    const names = Object.keys(this.urls) as (keyof Urls)[];
    const all = await Promise.all(names.map(async (name) => [name, await healthOf(this.urls[name])] as const));
    this.health = Object.fromEntries(all);
  }

  private async readQueues(): Promise<void> {
    const [flow, ...depths] = await Promise.all([this.flow.take(), ...QUEUES.map((name) => this.depth(name))]);
    this.problem = undefined;
    const sample = { atMs: Date.now(), ...flow, depths: Object.fromEntries(depths) };
    for (const [name, messages] of depths) if (messages === 0) this.emptyAtMs.set(name, sample.atMs);
    this.samples = [...this.samples.slice(-(KEPT_SECONDS - 1)), sample];
  }

  private async depth(name: string): Promise<[string, number]> {
    const QueueUrl = this.queueUrls.get(name) ?? (await this.environment.queueUrl(name));
    this.queueUrls.set(name, QueueUrl);
    const { Attributes = {} } = await this.environment.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
    const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } = Attributes;
    return [name, Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible)];
  }

  private stations(last: Sample | undefined): Station[] {
    const { api, worker, 'stream-relay': relay } = this.health;
    const shards = relay?.stream?.shards ?? [];
    const sum = (valueOf: (shard: ShardHealth) => number | undefined) =>
      shards.reduce((total, shard) => total + (valueOf(shard) ?? 0), 0);
    const oldest = shards.map(({ oldestUnpublishedRecordAgeMs = 0 }) => oldestUnpublishedRecordAgeMs);
    const recent = this.samples.slice(-3);
    const rate = (valueOf: (sample: Sample) => number) =>
      recent.reduce((total, sample) => total + valueOf(sample), 0) / Math.max(1, recent.length);
    const backlogGrowth =
      recent.length > 1
        ? (depthOf(last, ordersQueue.name) - depthOf(recent[0], ordersQueue.name)) / (recent.length - 1)
        : 0;
    const written = rate(({ placed, changed }) => placed + changed);
    return [
      { name: 'api', ...stateOf(api), flow: Math.max(0, written + backlogGrowth) },
      { name: 'orders queue', ...this.queueState(ordersQueue.name, last) },
      { name: 'worker', ...stateOf(worker), flow: written, failures: depthOf(last, ordersDeadLetterQueue.name) },
      {
        name: 'stream-relay',
        ...stateOf(relay),
        backlog: sum(({ bufferedRecords }) => bufferedRecords) + sum(({ inFlightRecords }) => inFlightRecords),
        oldestMs: Math.max(0, ...oldest),
        failures: depthOf(last, relayDeadLetterQueue.name),
      },
      ...eventConsumers.map(({ name, queue }): Station => {
        const failures = depthOf(last, queue.redrive?.queue.name ?? '');
        return { name, ...this.queueState(queue.name, last), failures };
      }),
    ];
  }

  /** SQS has no age of the oldest message outside of CloudWatch: since the queue was empty it can only be younger. */
  private queueState(name: string, last: Sample | undefined): Omit<Station, 'name'> {
    if (this.problem !== undefined) return { state: 'down', detail: this.problem };
    const backlog = depthOf(last, name);
    const sinceMs = this.emptyAtMs.get(name) ?? this.samples[0]?.atMs;
    return { state: 'up', backlog, oldestMs: backlog === 0 || !sinceMs ? 0 : Date.now() - sinceMs };
  }

  private series(): Series[] {
    const line = (name: string, valueOf: (sample: Sample) => number) => ({ name, values: this.samples.map(valueOf) });
    const seconds = Math.round(((this.samples.at(-1)?.atMs ?? 0) - (this.samples[0]?.atMs ?? 0)) / 1_000);
    const deadLetters = ({ depths }: Sample) =>
      Object.entries(depths).reduce((total, [name, messages]) => total + (name.includes('-dlq') ? messages : 0), 0);
    return [
      {
        title: 'Orders and changes a second',
        seconds,
        lines: [line('orders', ({ placed }) => placed), line('changes', ({ changed }) => changed)],
      },
      {
        title: 'Commands in the orders queue',
        seconds,
        lines: [line('commands', (one) => depthOf(one, ordersQueue.name))],
      },
      {
        title: 'Events that wait for a service',
        seconds,
        lines: eventConsumers.map(({ name, queue }) => line(name, (one) => depthOf(one, queue.name))),
      },
      { title: 'Dead letters', seconds, lines: [line('messages', deadLetters)] },
    ];
  }
}

const QUEUES = [
  ordersQueue.name,
  ordersDeadLetterQueue.name,
  relayDeadLetterQueue.name,
  ...eventConsumers.flatMap(({ queue }) => [queue.name, queue.redrive?.queue.name ?? '']),
];

function depthOf(sample: Sample | undefined, name: string): number {
  return sample?.depths[name] ?? 0;
}

async function healthOf(url: string | undefined): Promise<Health | undefined> {
  if (url === undefined) return undefined;
  try {
    const response = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(HEALTH_WITHIN_MS) });
    const { dependencies = {} } = (await response.json()) as { dependencies?: Record<string, HealthReport> };
    const problems = Object.entries(dependencies).flatMap(([name, { detail }]) =>
      detail ? [`${name}: ${detail}`] : [],
    );
    const stream = dependencies['ordersStream'];
    return { status: response.ok ? 'up' : 'down', detail: problems.join('; ') || undefined, stream };
  } catch {
    return { status: 'down', detail: `it does not answer at ${url}` };
  }
}

function stateOf(health: Health | undefined): Pick<Station, 'state' | 'detail'> {
  return health ? { state: health.status, detail: health.detail } : { state: 'unknown' };
}

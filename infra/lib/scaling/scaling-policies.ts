import type { ServiceName, ServiceSize, StageConfig } from '../config.ts';

/** A scaling policy as data: `service-scaling.ts` creates it in AWS, and the simulator in lab/scaling runs it. */
export type ScalingPolicy = TargetTracking | StepScaling;

export interface TargetTracking {
  readonly kind: 'target-tracking';
  /** Id of the construct. */
  readonly id: string;
  /** Name in the account. */
  readonly name: string;
  readonly follows: ScalingMetric | Formula;
  /** The value for each task that the policy aims at. */
  readonly target: number;
  readonly cooldownSeconds: { readonly out: number; readonly in: number };
}

/** Adds tasks after a single minute, as many as the last step whose `from` the value has reached. */
export interface StepScaling {
  readonly kind: 'steps';
  readonly id: string;
  readonly follows: ScalingMetric;
  readonly steps: readonly { readonly from: number; readonly add: number }[];
  readonly cooldownSeconds: number;
}

/** The metrics that policies read, by their ids in formulas. Every datapoint covers one minute. */
export const scalingMetrics = {
  // Each task reports its own value, so the average of all samples is the value for one task.
  pendingEnqueue: { source: 'service', name: 'PendingEnqueue', statistic: 'Average' },
  unrelayedRecords: { source: 'service', name: 'UnrelayedRecords', statistic: 'Average' },
  iteratorAge: { source: 'service', name: 'IteratorAge', statistic: 'Maximum' },
  visible: { source: 'queue', name: 'ApproximateNumberOfMessagesVisible', statistic: 'Maximum' },
  inFlight: { source: 'queue', name: 'ApproximateNumberOfMessagesNotVisible', statistic: 'Maximum' },
  /** Each running task reports its CPU once a minute, so the samples count the tasks. */
  running: { source: 'ecs', name: 'CPUUtilization', statistic: 'SampleCount' },
  cpu: { source: 'ecs', predefined: 'ECSServiceAverageCPUUtilization' },
  requests: { source: 'loadBalancer', predefined: 'ALBRequestCountPerTarget' },
} as const;
export type ScalingMetric = keyof typeof scalingMetrics;

/** Metric math: one value, computed from several metrics of the same minute. */
export interface Formula {
  readonly id: string;
  readonly label: string;
  readonly sum: readonly ScalingMetric[];
  /** The divisor. A minute that has not arrived yet counts as the one before. */
  readonly per: ScalingMetric;
}

export function metricsIn({ sum, per }: Formula): readonly ScalingMetric[] {
  return [...sum, per];
}

/** The formula as CloudWatch reads it. */
export function expressionOf({ sum, per }: Formula): string {
  return `(${sum.join(' + ')}) / FILL(${per}, REPEAT)`;
}

/**
 * Orders that one task with half a vCPU accepts, decides or publishes in a second, rounded; lab/bench/results/task-rates.json. The
 * api's has a reserve, because its rate depends most on other work on the machine.
 */
const PER_SECOND = { api: 680, worker: 750, 'stream-relay': 580 } as const satisfies Record<ServiceName, number>;
const MEASURED_CPU = 512;

/** Orders a second of one task of this size. The apps run on one thread, so more than one vCPU does not help. */
function perSecond(service: ServiceName, { cpu }: ServiceSize): number {
  return (PER_SECOND[service] * Math.min(cpu, 1_024)) / MEASURED_CPU;
}

/** Seconds after a change before the next one may follow. */
const COOLDOWN = { out: 30, in: 300 };

/**
 * The api scales with its requests; the policy that wants the most tasks wins. It never follows the depth of the orders queue,
 * which more api tasks only fill.
 */
function apiPolicies(size: ServiceSize): ScalingPolicy[] {
  /** Target share of a task's capacity. The rest is a reserve for the minutes until another task runs. */
  const load = 0.6;
  const tracking = { kind: 'target-tracking', cooldownSeconds: COOLDOWN } as const;
  return [
    {
      ...tracking,
      id: 'PendingEnqueue',
      name: 'pending-enqueue-per-task',
      follows: 'pendingEnqueue',
      // At most 8 calls of 10 messages to SQS are in flight. Half of that leaves room to collect the next messages.
      target: (8 * 10) / 2,
    },
    {
      ...tracking,
      id: 'Requests',
      name: 'requests-per-task',
      follows: 'requests',
      // 680/s × 60 s × 0.6 = 24,480 a minute.
      target: perSecond('api', size) * 60 * load,
    },
    { ...tracking, id: 'Cpu', name: 'cpu', follows: 'cpu', target: 100 * load },
  ];
}

/**
 * The queue's metrics are not filled: FILL would replace the newest minute, which is always late, by 0, and the policy would never
 * add a task. SQS reports nothing for a queue that was idle for six hours; by then the worker is at its minimum. The number of
 * tasks is late, too; if that counted as none, any backlog would request the maximum.
 */
const backlogOfTask: Formula = {
  id: 'backlogOfTask',
  label: 'Messages visible or in flight for each running worker',
  sum: ['visible', 'inFlight'],
  per: 'running',
};

/** The worker scales with the orders queue. */
function workerPolicies(size: ServiceSize): ScalingPolicy[] {
  const inMinute = perSecond('worker', size) * 60;
  const steps = { kind: 'steps', cooldownSeconds: COOLDOWN.out } as const;
  return [
    {
      kind: 'target-tracking',
      cooldownSeconds: COOLDOWN,
      id: 'Backlog',
      name: 'backlog-per-task',
      follows: backlogOfTask,
      // A backlog that a task clears in five seconds is acceptable. 750/s × 5 s = 3,750 messages a task.
      target: perSecond('worker', size) * 5,
    },
    {
      ...steps,
      id: 'Spike',
      follows: 'visible',
      // Target tracking acts after three minutes above its target; these steps act after one. Their unit is the work of one
      // task in a minute, 750/s × 60 s = 45,000 messages. The first minute of a rush shows only a part of the backlog, so
      // 12 s of work, 9,000 messages, already add four tasks. `npm run simulate:scaling` shows the effect.
      steps: [
        { from: 0.2 * inMinute, add: 4 },
        { from: inMinute, add: 8 },
        { from: 3 * inMinute, add: 20 },
      ],
    },
  ];
}

/** The relay scales with its lag. More tasks than the stream has open shards would have nothing to read. */
function relayPolicies(size: ServiceSize): ScalingPolicy[] {
  return [
    {
      kind: 'target-tracking',
      // A relay that stops hands over its shards, so tasks are removed half as often.
      cooldownSeconds: { ...COOLDOWN, in: 2 * COOLDOWN.in },
      id: 'UnrelayedRecords',
      name: 'unrelayed-records-per-task',
      follows: 'unrelayedRecords',
      // Records read and not yet relayed: one second of a task's work.
      target: perSecond('stream-relay', size),
    },
    {
      kind: 'steps',
      cooldownSeconds: COOLDOWN.out,
      id: 'Lag',
      // The age in milliseconds of the oldest change that is not relayed.
      follows: 'iteratorAge',
      steps: [
        { from: 5_000, add: 1 },
        { from: 30_000, add: 2 },
        { from: 120_000, add: 4 },
      ],
    },
  ];
}

/** The scaling policies of each service of a stage. */
export function scalingPolicies({ services }: StageConfig): Readonly<Record<ServiceName, readonly ScalingPolicy[]>> {
  return {
    api: apiPolicies(services.api),
    worker: workerPolicies(services.worker),
    'stream-relay': relayPolicies(services['stream-relay']),
  };
}

/** The minimums of a campaign apply this long before its start. A task starts in about a minute, then needs time to warm up. */
export const CAMPAIGN_LEAD_MS = 15 * 60_000;

export interface ScheduledMinimum {
  readonly id: string;
  readonly at: Date;
  readonly minTasks: number;
}

/** The changes of a service's minimum: it rises before each campaign and is restored afterwards. */
export function scheduledMinimums({ services, campaigns }: StageConfig, service: ServiceName): ScheduledMinimum[] {
  return campaigns.flatMap(({ name, start, end, minTasks: { [service]: raised } }) =>
    raised === undefined
      ? []
      : [
          { id: `${name}-begins`, at: new Date(Date.parse(start) - CAMPAIGN_LEAD_MS), minTasks: raised },
          { id: `${name}-ends`, at: new Date(end), minTasks: services[service].minTasks },
        ],
  );
}

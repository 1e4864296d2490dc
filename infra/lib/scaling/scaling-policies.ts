import type { ServiceName, ServiceSize, StageConfig } from '../config.ts';

/**
 * How the services scale, as data: `service-scaling.ts` makes the policies of it, and the simulator in lab/scaling plays
 * them.
 */
export type ScalingPolicy = TargetTracking | StepScaling;

export interface TargetTracking {
  readonly kind: 'target-tracking';
  /** Of its construct. */
  readonly id: string;
  /** In the account. */
  readonly name: string;
  readonly follows: ScalingMetric | Formula;
  /** For each task. */
  readonly target: number;
  readonly cooldownSeconds: { readonly out: number; readonly in: number };
}

/** Adds tasks after a single minute: the last step whose `from` the value has reached says how many. */
export interface StepScaling {
  readonly kind: 'steps';
  readonly id: string;
  readonly follows: ScalingMetric | Formula;
  readonly steps: readonly { readonly from: number; readonly add: number }[];
  readonly cooldownSeconds: number;
}

/** What policies read, by the id that it has in a formula. Every datapoint is of one minute. */
export const scalingMetrics = {
  // Each task reports its own number, so the average of all samples is that of one task.
  pendingEnqueue: { source: 'service', name: 'PendingEnqueue', statistic: 'Average' },
  unrelayedRecords: { source: 'service', name: 'UnrelayedRecords', statistic: 'Average' },
  iteratorAge: { source: 'service', name: 'IteratorAge', statistic: 'Maximum' },
  visible: { source: 'queue', name: 'ApproximateNumberOfMessagesVisible', statistic: 'Maximum' },
  inFlight: { source: 'queue', name: 'ApproximateNumberOfMessagesNotVisible', statistic: 'Maximum' },
  /** Each running task reports its CPU once a minute, so the samples are the tasks. */
  running: { source: 'ecs', name: 'CPUUtilization', statistic: 'SampleCount' },
  cpu: { source: 'ecs', predefined: 'ECSServiceAverageCPUUtilization' },
  requests: { source: 'loadBalancer', predefined: 'ALBRequestCountPerTarget' },
} as const;
export type ScalingMetric = keyof typeof scalingMetrics;

/** A metric, and the value that stands in for a datapoint that is missing. */
export interface FilledMetric {
  readonly metric: ScalingMetric;
  readonly fill: 0 | 'REPEAT';
}

/** Metric math: one value of several metrics of the same minute. */
export type Formula = { readonly id: string; readonly label: string } & (
  | { readonly sum: readonly FilledMetric[]; readonly per: FilledMetric }
  | { readonly value: FilledMetric; readonly whileNone: FilledMetric }
);

export function metricsIn(formula: Formula): readonly FilledMetric[] {
  return 'sum' in formula ? [...formula.sum, formula.per] : [formula.value, formula.whileNone];
}

/** The formula as CloudWatch reads it. */
export function expressionOf(formula: Formula): string {
  const text = ({ metric, fill }: FilledMetric) => `FILL(${metric}, ${fill})`;
  if ('sum' in formula) return `(${formula.sum.map(text).join(' + ')}) / ${text(formula.per)}`;
  return `IF(${text(formula.whileNone)} > 0, 0, ${text(formula.value)})`;
}

/** What one task with half a vCPU does in a second, by lab/bench/results/task-rates.json: orders taken in, decided, told. */
const PER_SECOND = { api: 680, worker: 750, 'stream-relay': 860 } as const satisfies Record<ServiceName, number>;
const MEASURED_CPU = 512;

/** What one task of this size does in a second. The apps run on one thread: beyond a whole vCPU there is no more. */
function perSecond(service: ServiceName, { cpu }: ServiceSize): number {
  return (PER_SECOND[service] * Math.min(cpu, 1_024)) / MEASURED_CPU;
}

/** How soon after a change the next one may follow. */
const COOLDOWN = { out: 30, in: 300 };

/**
 * As many api tasks as requests need; whichever policy wants the most tasks wins. Never by the depth of the orders queue:
 * more api tasks fill it and do not empty it.
 */
function apiPolicies(size: ServiceSize): ScalingPolicy[] {
  /** Of what a task can do: the rest is for the minutes until another one runs. */
  const load = 0.6;
  const tracking = { kind: 'target-tracking', cooldownSeconds: COOLDOWN } as const;
  return [
    {
      ...tracking,
      id: 'PendingEnqueue',
      name: 'pending-enqueue-per-task',
      follows: 'pendingEnqueue',
      // At most 8 calls of 10 messages are on their way to SQS; half of them leaves room to gather what comes next.
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
 * SQS reports nothing for a queue that was idle for six hours: that is 0. A minute that ECS has not reported yet has as many
 * tasks as the one before; a service without tasks has no backlog of a task, and `Wake` is there for it.
 */
const backlogOfTask: Formula = {
  id: 'backlogOfTask',
  label: 'Messages visible or in flight for each running worker',
  sum: [
    { metric: 'visible', fill: 0 },
    { metric: 'inFlight', fill: 0 },
  ],
  per: { metric: 'running', fill: 'REPEAT' },
};

const unattended: Formula = {
  id: 'unattended',
  label: 'Messages visible while no worker runs',
  value: { metric: 'visible', fill: 0 },
  whileNone: { metric: 'running', fill: 0 },
};

/** As many workers as the orders queue needs. */
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
      // A backlog that a task clears in five seconds is no backlog. 750/s × 5 s = 3,750 messages a task.
      target: perSecond('worker', size) * 5,
    },
    {
      ...steps,
      id: 'Spike',
      follows: 'visible',
      // Target tracking acts after three minutes above its target; these act after one. By the work of one task in a minute,
      // 750/s × 60 s = 45,000 messages. The first minute of a rush shows a part of it only: what one task would clear in
      // twelve seconds, 9,000, is enough for four more. `npm run simulate:scaling` shows what that comes to.
      steps: [
        { from: 0.2 * inMinute, add: 4 },
        { from: inMinute, add: 8 },
        { from: 3 * inMinute, add: 20 },
      ],
    },
    // From none to the first: target tracking multiplies the number of tasks, and none times anything is none.
    ...(size.minTasks === 0
      ? [
          {
            ...steps,
            id: 'Wake',
            follows: unattended,
            steps: [
              { from: 1, add: 1 },
              { from: inMinute, add: 2 },
            ],
          },
        ]
      : []),
  ];
}

/** As many relays as keep the services up to date; more than the stream has open shards would have nothing to read. */
function relayPolicies(size: ServiceSize): ScalingPolicy[] {
  return [
    {
      kind: 'target-tracking',
      // A relay that stops hands its shards over, so it goes half as often.
      cooldownSeconds: { ...COOLDOWN, in: 2 * COOLDOWN.in },
      id: 'UnrelayedRecords',
      name: 'unrelayed-records-per-task',
      follows: 'unrelayedRecords',
      // Read and not yet relayed: a task's work of one second.
      target: perSecond('stream-relay', size),
    },
    {
      kind: 'steps',
      cooldownSeconds: COOLDOWN.out,
      id: 'Lag',
      // Milliseconds: the age of the oldest change that is not relayed.
      follows: 'iteratorAge',
      steps: [
        { from: 5_000, add: 1 },
        { from: 30_000, add: 2 },
        { from: 120_000, add: 4 },
      ],
    },
  ];
}

/** The policies of each service of a stage. */
export function scalingPolicies({ services }: StageConfig): Readonly<Record<ServiceName, readonly ScalingPolicy[]>> {
  return {
    api: apiPolicies(services.api),
    worker: workerPolicies(services.worker),
    'stream-relay': relayPolicies(services['stream-relay']),
  };
}

/** Before a campaign: a task starts in about a minute, and a new one has time to get warm. */
export const CAMPAIGN_LEAD_MS = 15 * 60_000;

export interface ScheduledMinimum {
  readonly id: string;
  readonly at: Date;
  readonly minTasks: number;
}

/** When the minimum of a service changes: it rises ahead of each sale and is restored afterwards. */
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

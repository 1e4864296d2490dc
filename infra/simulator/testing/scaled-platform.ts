import { App, Duration, Stack } from 'aws-cdk-lib/core';
import {
  AdjustmentType,
  CfnScalingPolicy,
  type ScalableTarget,
  Schedule,
  ScalableTarget as Target,
  ServiceNamespace,
} from 'aws-cdk-lib/aws-applicationautoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerImage, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { ServiceName } from '../scaled-service.ts';
import type { Template } from '../template.ts';

/** What is chosen of a platform; the rest is as the stacks have it. */
export interface ScalingChoice {
  readonly cpu?: number;
  readonly min: Readonly<Record<ServiceName, number>>;
  readonly max: Readonly<Record<ServiceName, number>>;
  readonly workerBacklogPerTask: number;
  readonly workerSteps: readonly { lower: number; change: number }[];
  readonly pendingPerTask: number;
  readonly requestsPerTarget: number;
  readonly apiCpuPercent?: number;
  readonly apiHighResolutionCpuPercent?: number;
  readonly apiPendingSteps?: readonly { lower: number; change: number }[];
  readonly relaySteps: readonly { lower: number; change: number }[];
  readonly unrelayedPerTask: number;
  readonly warmWriteUnits?: number;
  readonly raise?: { readonly at: Date; readonly min: Readonly<Record<ServiceName, number>> };
}

/** A template of three services, made by the same constructs as the platform's. */
export function scaledPlatformTemplate(choice: ScalingChoice): Template {
  const stack = new Stack(new App(), 'Scaled', { env: { region: 'us-east-1' } });
  const queue = new Queue(stack, 'Orders');
  new Table(stack, 'Table', {
    partitionKey: { name: 'orderKey', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    ...(choice.warmWriteUnits && {
      warmThroughput: { writeUnitsPerSecond: choice.warmWriteUnits, readUnitsPerSecond: 12_000 },
    }),
  });
  const cluster = new Cluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc'), enableFargateCapacityProviders: true });
  const target = (name: ServiceName) => scalableService(stack, cluster, name, choice);
  scaleApi(target('api'), choice);
  scaleWorker(target('worker'), queue, choice);
  scaleRelay(target('stream-relay'), choice);
  return JSON.parse(
    JSON.stringify(Stack.of(stack).node.root && (stack.node.root as App).synth().getStackByName('Scaled').template),
  ) as Template;
}

function scalableService(stack: Stack, cluster: Cluster, name: ServiceName, choice: ScalingChoice): ScalableTarget {
  const taskDefinition = new FargateTaskDefinition(stack, `${name}Task`, {
    cpu: choice.cpu ?? 512,
    memoryLimitMiB: 1_024,
  });
  taskDefinition.addContainer(name, { image: ContainerImage.fromRegistry('orders') });
  const service = new FargateService(stack, `${name}Service`, {
    cluster,
    taskDefinition,
    ...(name === 'worker' && {
      capacityProviderStrategies: [
        { capacityProvider: 'FARGATE', base: 1, weight: 1 },
        { capacityProvider: 'FARGATE_SPOT', weight: 4 },
      ],
    }),
  });
  const target = new Target(stack, `${name}Tasks`, {
    serviceNamespace: ServiceNamespace.ECS,
    resourceId: `service/${cluster.clusterName}/${service.serviceName}`,
    scalableDimension: 'ecs:service:DesiredCount',
    minCapacity: choice.min[name],
    maxCapacity: choice.max[name],
  });
  if (choice.raise)
    target.scaleOnSchedule('Raise', { schedule: Schedule.at(choice.raise.at), minCapacity: choice.raise.min[name] });
  return target;
}

const cooldowns = { scaleOutCooldown: 30, scaleInCooldown: 300 };
const custom = (metricName: string, statistic: string, period = Duration.minutes(1)) =>
  new Metric({ namespace: 'fargate-orders/test', metricName, statistic, period });

function steps(changes: readonly { lower: number; change: number }[]) {
  return [{ upper: 0, change: 0 }, ...changes];
}

function scaleApi(tasks: ScalableTarget, choice: ScalingChoice): void {
  track(
    tasks,
    'Pending',
    choice.pendingPerTask,
    [{ id: 'pending', metric: custom('PendingEnqueue', 'Average') }],
    'pending',
  );
  predefined(tasks, 'Requests', 'ALBRequestCountPerTarget', choice.requestsPerTarget);
  if (choice.apiCpuPercent) predefined(tasks, 'Cpu', 'ECSServiceAverageCPUUtilization', choice.apiCpuPercent);
  if (choice.apiHighResolutionCpuPercent)
    predefined(tasks, 'FastCpu', 'ECSServiceAverageCPUUtilizationHighResolution', choice.apiHighResolutionCpuPercent);
  if (choice.apiPendingSteps)
    tasks.scaleOnMetric('PendingSteps', {
      metric: custom('PendingEnqueue', 'Maximum', Duration.seconds(10)),
      scalingSteps: steps(choice.apiPendingSteps),
      adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
      cooldown: Duration.seconds(60),
    });
}

function scaleWorker(tasks: ScalableTarget, queue: Queue, choice: ScalingChoice): void {
  const visible = queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' });
  track(
    tasks,
    'Backlog',
    choice.workerBacklogPerTask,
    [
      { id: 'visible', metric: visible },
      {
        id: 'hidden',
        metric: queue.metricApproximateNumberOfMessagesNotVisible({
          period: Duration.minutes(1),
          statistic: 'Maximum',
        }),
      },
      {
        id: 'running',
        metric: new Metric({
          namespace: 'AWS/ECS',
          metricName: 'CPUUtilization',
          statistic: 'SampleCount',
          period: Duration.minutes(1),
        }),
      },
    ],
    '(visible + FILL(hidden, 0)) / IF(running > 0, running, 1)',
  );
  if (choice.workerSteps.length > 0)
    tasks.scaleOnMetric('Spike', {
      metric: visible,
      scalingSteps: steps(choice.workerSteps),
      adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
      cooldown: Duration.seconds(60),
      evaluationPeriods: 1,
    });
}

function scaleRelay(tasks: ScalableTarget, choice: ScalingChoice): void {
  track(
    tasks,
    'Unrelayed',
    choice.unrelayedPerTask,
    [{ id: 'unrelayed', metric: custom('UnrelayedRecords', 'Average') }],
    'unrelayed',
  );
  tasks.scaleOnMetric('Lag', {
    metric: custom('IteratorAge', 'Maximum'),
    scalingSteps: steps(choice.relaySteps),
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    cooldown: Duration.seconds(60),
    evaluationPeriods: 1,
  });
}

/** An L1, for `scaleToTrackCustomMetric` takes no metric math. */
function track(
  tasks: ScalableTarget,
  id: string,
  targetValue: number,
  metrics: readonly { id: string; metric: Metric }[],
  expression: string,
): void {
  new CfnScalingPolicy(tasks, id, {
    policyName: id,
    policyType: 'TargetTrackingScaling',
    scalingTargetId: tasks.scalableTargetId,
    targetTrackingScalingPolicyConfiguration: {
      targetValue,
      ...cooldowns,
      customizedMetricSpecification: {
        metrics: [
          ...metrics.map(({ id, metric }) => ({
            id,
            returnData: false,
            metricStat: {
              metric: { namespace: metric.namespace, metricName: metric.metricName },
              stat: metric.statistic,
            },
          })),
          { id: 'value', expression, returnData: true },
        ],
      },
    },
  });
}

function predefined(tasks: ScalableTarget, id: string, predefinedMetricType: string, targetValue: number): void {
  new CfnScalingPolicy(tasks, id, {
    policyName: id,
    policyType: 'TargetTrackingScaling',
    scalingTargetId: tasks.scalableTargetId,
    targetTrackingScalingPolicyConfiguration: {
      targetValue,
      ...cooldowns,
      predefinedMetricSpecification: { predefinedMetricType },
    },
  });
}

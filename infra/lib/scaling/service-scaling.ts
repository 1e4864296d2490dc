import { Duration } from 'aws-cdk-lib/core';
import { CfnScalingPolicy, Schedule, type PredefinedMetric } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { Workload } from '../services/workload.ts';
import {
  expressionOf,
  metricsIn,
  scalingMetrics,
  scalingPolicies,
  scheduledMinimums,
  type Formula,
  type ScalingMetric,
  type StepScaling,
  type TargetTracking,
} from './scaling-policies.ts';

const PERIOD = Duration.minutes(1);

export interface ServiceScalingProps {
  readonly config: StageConfig;
  readonly service: Workload;
  readonly ordersQueue: Queue;
  /** Load balancer and target group of the api, in the format of `ALBRequestCountPerTarget`. */
  readonly requestsLabel: string;
}

/** Creates the policies of `scaling-policies.ts` and the minimums of campaigns for one service. */
export class ServiceScaling extends Construct {
  private readonly props: ServiceScalingProps;

  constructor(scope: Construct, id: string, props: ServiceScalingProps) {
    super(scope, id);
    this.props = props;
    const { config, service } = props;
    for (const policy of scalingPolicies(config)[service.name]) {
      if (policy.kind === 'steps') this.addSteps(policy);
      else if (typeof policy.follows === 'string') this.track(policy, policy.follows);
      else this.trackFormula(policy, policy.follows);
    }
    for (const { id, at, minTasks } of scheduledMinimums(config, service.name)) {
      service.tasks.scaleOnSchedule(id, { schedule: Schedule.at(at), minCapacity: minTasks });
    }
  }

  private addSteps({ id, follows, steps, cooldownSeconds }: StepScaling): void {
    this.props.service.tasks.scaleOnMetric(id, {
      metric: this.metric(follows),
      scalingSteps: steps.map(({ from, add }) => ({ lower: from, change: add })),
      cooldown: Duration.seconds(cooldownSeconds),
      evaluationPeriods: 1,
    });
  }

  private track({ id, name, target, cooldownSeconds }: TargetTracking, follows: ScalingMetric): void {
    const metric = scalingMetrics[follows];
    this.props.service.tasks.scaleToTrackMetric(id, {
      policyName: name,
      targetValue: target,
      scaleOutCooldown: Duration.seconds(cooldownSeconds.out),
      scaleInCooldown: Duration.seconds(cooldownSeconds.in),
      ...('predefined' in metric
        ? { predefinedMetric: metric.predefined as PredefinedMetric }
        : { customMetric: this.metric(follows) }),
      ...(metric.source === 'loadBalancer' && { resourceLabel: this.props.requestsLabel }),
    });
  }

  /** Creates an L1 policy, because the L2 construct throws on metric math. */
  private trackFormula({ id, name, target, cooldownSeconds }: TargetTracking, formula: Formula): void {
    const metrics = metricsIn(formula).map((metric) => ({
      id: metric,
      metricStat: stat(this.metric(metric)),
      returnData: false,
    }));
    const result = { id: formula.id, label: formula.label, expression: expressionOf(formula), returnData: true };
    new CfnScalingPolicy(this, id, {
      policyName: name,
      policyType: 'TargetTrackingScaling',
      scalingTargetId: this.props.service.tasks.scalableTargetId,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: target,
        scaleOutCooldown: cooldownSeconds.out,
        scaleInCooldown: cooldownSeconds.in,
        customizedMetricSpecification: { metrics: [...metrics, result] },
      },
    });
  }

  private metric(id: ScalingMetric): Metric {
    const { service, ordersQueue } = this.props;
    const metric = scalingMetrics[id];
    if (metric.source === 'service') return service.metric(metric.name, metric.statistic);
    if (metric.source === 'queue')
      return ordersQueue.metric(metric.name, { statistic: metric.statistic, period: PERIOD });
    if (id === 'running') return service.runningTasks();
    throw new Error(`expected a metric with a name in CloudWatch, got ${id}`);
  }
}

function stat(metric: Metric): CfnScalingPolicy.TargetTrackingMetricStatProperty {
  return {
    metric: {
      namespace: metric.namespace,
      metricName: metric.metricName,
      dimensions: Object.entries(metric.dimensions ?? {}).map(([name, value]) => ({ name, value: String(value) })),
    },
    stat: metric.statistic,
  };
}

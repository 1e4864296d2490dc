import { Duration } from 'aws-cdk-lib/core';
import { CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WorkerSize } from '../config.ts';
import type { Workload } from '../services/workload.ts';
import { COOLDOWN, perSecond, worker } from './scaling-constants.ts';

const PERIOD = Duration.minutes(1);

export interface WorkerScalingProps {
  readonly workload: Workload;
  readonly queue: Queue;
  readonly size: WorkerSize;
}

/** As many workers as the orders queue needs. */
export class WorkerScaling extends Construct {
  private readonly props: WorkerScalingProps;

  constructor(scope: Construct, id: string, props: WorkerScalingProps) {
    super(scope, id);
    this.props = props;
    this.trackBacklogOfTask();
    this.addForSpike();
    if (props.size.minTasks === 0) this.wake();
  }

  /** An L1 policy: the L2 one throws on metric math. */
  private trackBacklogOfTask(): void {
    const { workload, size } = this.props;
    const target = perSecond('worker', size.cpu) * worker.backlogSeconds;
    new CfnScalingPolicy(this, 'Backlog', {
      policyName: 'backlog-per-task',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: workload.tasks.scalableTargetId,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: target,
        scaleOutCooldown: COOLDOWN.out.toSeconds(),
        scaleInCooldown: COOLDOWN.in.toSeconds(),
        customizedMetricSpecification: { metrics: this.backlogOfTask() },
      },
    });
  }

  /**
   * SQS tells nothing of a queue that was idle for six hours: that is 0. A minute that ECS has not told of yet has as many
   * tasks as the one before; a service without tasks has no backlog of a task, and `wake` is there for it.
   */
  private backlogOfTask(): CfnScalingPolicy.TargetTrackingMetricDataQueryProperty[] {
    return [
      { id: 'visible', metricStat: stat(this.visible()), returnData: false },
      { id: 'inFlight', metricStat: stat(this.inFlight()), returnData: false },
      { id: 'running', metricStat: stat(this.props.workload.runningTasks()), returnData: false },
      {
        id: 'backlogOfTask',
        label: 'Messages visible or in flight for each running worker',
        expression: '(FILL(visible, 0) + FILL(inFlight, 0)) / FILL(running, REPEAT)',
        returnData: true,
      },
    ];
  }

  private addForSpike(): void {
    const { workload, size } = this.props;
    const ofTaskInMinute = perSecond('worker', size.cpu) * 60;
    workload.tasks.scaleOnMetric('Spike', {
      metric: this.visible(),
      scalingSteps: worker.spikes.map(({ taskMinutes, add }) => ({ lower: taskMinutes * ofTaskInMinute, change: add })),
      cooldown: COOLDOWN.out,
      evaluationPeriods: 1,
    });
  }

  /** From none to the first: target tracking multiplies the number of tasks, and none times anything is none. */
  private wake(): void {
    const { workload, size } = this.props;
    const ofTaskInMinute = perSecond('worker', size.cpu) * 60;
    workload.tasks.scaleOnMetric('Wake', {
      metric: new MathExpression({
        label: 'Messages visible while no worker runs',
        expression: 'IF(FILL(running, 0) > 0, 0, FILL(visible, 0))',
        usingMetrics: { visible: this.visible(), running: workload.runningTasks() },
        period: PERIOD,
      }),
      scalingSteps: [
        { lower: 1, upper: ofTaskInMinute, change: 1 },
        { lower: ofTaskInMinute, change: 2 },
      ],
      cooldown: COOLDOWN.out,
      evaluationPeriods: 1,
    });
  }

  private visible(): Metric {
    return this.props.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD });
  }

  private inFlight(): Metric {
    return this.props.queue.metricApproximateNumberOfMessagesNotVisible({ statistic: 'Maximum', period: PERIOD });
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

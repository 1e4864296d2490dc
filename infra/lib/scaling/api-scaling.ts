import { PredefinedMetric } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { ApplicationLoadBalancer, ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { ServiceSize } from '../config.ts';
import type { Workload } from '../services/workload.ts';
import { api, COOLDOWN, perSecond } from './scaling-constants.ts';

export interface ApiScalingProps {
  readonly workload: Workload;
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;
  readonly size: ServiceSize;
}

/**
 * As many api tasks as requests need; whichever policy wants the most tasks has its way. Never by the depth of the orders
 * queue: more of those who fill it would not empty it.
 */
export class ApiScaling extends Construct {
  constructor(scope: Construct, id: string, { workload, loadBalancer, targetGroup, size }: ApiScalingProps) {
    super(scope, id);
    const cooldowns = { scaleOutCooldown: COOLDOWN.out, scaleInCooldown: COOLDOWN.in };
    workload.tasks.scaleToTrackMetric('PendingEnqueue', {
      ...cooldowns,
      policyName: 'pending-enqueue-per-task',
      // Each task tells its own number, so the average of all samples is that of a task.
      customMetric: workload.metric('PendingEnqueue', 'Average'),
      targetValue: api.pendingEnqueue,
    });
    workload.tasks.scaleToTrackMetric('Requests', {
      ...cooldowns,
      policyName: 'requests-per-task',
      predefinedMetric: PredefinedMetric.ALB_REQUEST_COUNT_PER_TARGET,
      resourceLabel: `${loadBalancer.loadBalancerFullName}/${targetGroup.targetGroupFullName}`,
      targetValue: perSecond('api', size.cpu) * 60 * api.load,
    });
    workload.tasks.scaleToTrackMetric('Cpu', {
      ...cooldowns,
      policyName: 'cpu',
      predefinedMetric: PredefinedMetric.ECS_SERVICE_AVERAGE_CPU_UTILIZATION,
      targetValue: 100 * api.load,
    });
  }
}

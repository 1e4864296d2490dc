import { Construct } from 'constructs';
import type { ServiceSize } from '../config.ts';
import type { Workload } from '../services/workload.ts';
import { COOLDOWN, perSecond, streamRelay } from './scaling-constants.ts';

export interface StreamRelayScalingProps {
  readonly workload: Workload;
  readonly size: ServiceSize;
}

/** As many relays as keep the services told; more than the stream has open shards would have nothing to read. */
export class StreamRelayScaling extends Construct {
  constructor(scope: Construct, id: string, { workload, size }: StreamRelayScalingProps) {
    super(scope, id);
    workload.tasks.scaleToTrackMetric('UnrelayedRecords', {
      policyName: 'unrelayed-records-per-task',
      scaleOutCooldown: COOLDOWN.out,
      scaleInCooldown: COOLDOWN.relayIn,
      // Each task tells its own number, so the average of all samples is that of a task.
      customMetric: workload.metric('UnrelayedRecords', 'Average'),
      targetValue: perSecond('stream-relay', size.cpu) * streamRelay.unrelayedSeconds,
    });
    workload.tasks.scaleOnMetric('Lag', {
      metric: workload.metric('IteratorAge', 'Maximum'),
      scalingSteps: streamRelay.lags.map(({ seconds, add }) => ({ lower: seconds * 1_000, change: add })),
      cooldown: COOLDOWN.out,
      evaluationPeriods: 1,
    });
  }
}

import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { relayLag } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { Workload } from './workload.ts';

/** Services hear of changes late. A deployment of the stream-relay that does this is undone. */
export class RelayLagAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, config: StageConfig, streamRelay: Workload) {
    super(scope, id, {
      config,
      name: 'relay-lag',
      meaning: 'Changes of orders are told late',
      metric: streamRelay.metric('IteratorAge', 'Maximum'),
      limit: relayLag,
      // A relay that runs always tells it; that none runs is an alarm of its own, and no reason to undo the first deployment.
      missing: TreatMissingData.NOT_BREACHING,
    });
  }
}

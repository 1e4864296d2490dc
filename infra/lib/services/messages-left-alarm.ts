import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { messagesLeft } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { Workload } from './workload.ts';

/**
 * The worker can not do its work. The age of the queue does not tell: SQS leaves a message that was received three times out
 * of it. A deployment of the worker that does this is undone.
 */
export class MessagesLeftAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, config: StageConfig, worker: Workload) {
    super(scope, id, {
      config,
      name: 'messages-left',
      meaning: 'The worker leaves messages to come back',
      metric: worker.metric('MessagesLeft', 'Sum'),
      limit: messagesLeft,
      // A counter that did not move is not told.
      missing: TreatMissingData.NOT_BREACHING,
    });
  }
}

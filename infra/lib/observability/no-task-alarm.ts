import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { noTask, notWoken } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { Workload } from '../services/workload.ts';

export interface NoTaskAlarmProps {
  readonly config: StageConfig;
  readonly workload: Workload;
  /** What a service with a minimum of none waits for. */
  readonly wokenBy?: Queue;
}

/** No task of a service runs; of one that may go down to none, while there is something to do. */
export class NoTaskAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { config, workload, wokenBy }: NoTaskAlarmProps) {
    const mayBeNone = config.services[workload.name].minTasks === 0 && wokenBy;
    super(scope, id, {
      config,
      name: `no-${workload.name}-task`,
      heading: 'no-task-of-a-service',
      meaning: `No task of ${workload.name} runs`,
      ...(mayBeNone ? whileWaiting(workload, wokenBy) : always(workload)),
    });
  }
}

/** Its tasks tell their CPU each minute. Who tells nothing does not run: silence is the alarm. */
function always(workload: Workload) {
  return { metric: workload.runningTasks(), limit: noTask, missing: TreatMissingData.BREACHING };
}

/** A queue that tells nothing was idle for six hours, and nobody has to run. */
function whileWaiting(workload: Workload, queue: Queue) {
  const period = Duration.minutes(1);
  const visible = queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period });
  const metric = new MathExpression({
    label: `Messages visible while no ${workload.name} runs`,
    expression: 'IF(FILL(running, 0) > 0, 0, FILL(visible, 0))',
    usingMetrics: { visible, running: workload.runningTasks() },
    period,
  });
  return { metric, limit: notWoken, missing: TreatMissingData.NOT_BREACHING };
}

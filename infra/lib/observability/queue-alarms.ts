import { Duration } from 'aws-cdk-lib/core';
import { TreatMissingData, type GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ANY, type AlarmLimit } from '../alarms/alarm-limits.ts';
import { RunbookAlarm, type RunbookEntry } from '../alarms/runbook-alarm.ts';
import { graph } from './station.ts';

const period = Duration.minutes(1);

export interface DeadLettersAlarmProps extends RunbookEntry {
  readonly queue: Queue;
}

/** A queue with a message in it always tells of it, so one that tells nothing is empty. */
export class DeadLettersAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { queue, ...entry }: DeadLettersAlarmProps) {
    super(scope, id, {
      ...entry,
      metric: waiting(queue),
      limit: ANY,
      missing: TreatMissingData.NOT_BREACHING,
    });
  }
}

export interface QueueAgeAlarmProps extends RunbookEntry {
  readonly queue: Queue;
  readonly limit: AlarmLimit;
}

/** By the oldest message; an empty queue has none, and tells nothing. */
export class QueueAgeAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { queue, ...props }: QueueAgeAlarmProps) {
    super(scope, id, { ...props, metric: oldest(queue), missing: TreatMissingData.NOT_BREACHING });
  }
}

/** What waits in a queue, what is being handled, and for how long the oldest has been there. */
export function queueGraphs(queue: Queue, deadLetterQueue: Queue): GraphWidget[] {
  const inFlight = queue.metricApproximateNumberOfMessagesNotVisible({ statistic: 'Maximum', period });
  const sent = queue.metricNumberOfMessagesSent({ statistic: 'Sum', period });
  const deleted = queue.metricNumberOfMessagesDeleted({ statistic: 'Sum', period });
  return [
    graph('Messages sent and done', { left: [sent, deleted] }),
    graph('Messages waiting and in hand', { left: [waiting(queue), inFlight] }),
    graph('Age of the oldest message', { left: [oldest(queue)] }),
    graph('Dead letters', { left: [waiting(deadLetterQueue)] }),
  ];
}

export function waiting(queue: Queue) {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period });
}

function oldest(queue: Queue) {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period });
}

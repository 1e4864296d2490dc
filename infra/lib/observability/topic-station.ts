import { Duration } from 'aws-cdk-lib/core';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ANY } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import { graph, type Station, type StationProps } from './station.ts';

const sum = { statistic: 'Sum', period: Duration.minutes(1) };

export interface TopicStationProps extends StationProps {
  readonly topic: Topic;
}

/** Where events go out to the services. */
export class TopicStation extends Construct implements Station {
  readonly title = 'Topic';
  readonly telling;
  readonly silent = [];
  readonly graphs;

  constructor(scope: Construct, id: string, { config, topic }: TopicStationProps) {
    super(scope, id);
    const failed = topic.metricNumberOfNotificationsFailed(sum);
    this.telling = [
      new RunbookAlarm(this, 'Failed', {
        config,
        name: 'deliveries-failed',
        meaning: 'SNS gave up delivering events to a queue',
        metric: failed,
        limit: ANY,
        // SNS tells what happened, and nothing of a minute without.
        missing: TreatMissingData.NOT_BREACHING,
      }),
    ];
    this.graphs = [
      graph('Events published and delivered', {
        left: [topic.metricNumberOfMessagesPublished(sum), topic.metricNumberOfNotificationsDelivered(sum)],
      }),
      graph('Deliveries failed', { left: [failed] }),
      graph('Bytes of an event', { left: [topic.metricPublishSize({ ...sum, statistic: 'Maximum' })] }),
    ];
  }
}

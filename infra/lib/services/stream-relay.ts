import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { relayLag } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { Workload, type WorkloadSurroundings } from './workload.ts';

export interface StreamRelayProps extends WorkloadSurroundings {
  readonly data: DataStack;
}

/** Tells the topic of each change of an order. */
export class StreamRelay extends Workload {
  /** Services hear of changes late. */
  readonly lagAlarm: RunbookAlarm;

  constructor(scope: Construct, id: string, props: StreamRelayProps) {
    const { config, data } = props;
    super(scope, id, {
      ...props,
      name: 'stream-relay',
      port: { variable: 'RELAY_PORT', number: 3002 },
      environment: environment(config, data),
      statements: statements(data),
    });
    this.lagAlarm = new RunbookAlarm(this, 'RelayLag', {
      config,
      name: 'relay-lag',
      meaning: 'Changes of orders are told late',
      // A relay that runs always reports it. That none runs is an alarm of its own, and no reason to undo the first deployment.
      metric: this.metric('IteratorAge', 'Maximum'),
      limit: relayLag,
    });
    this.rollBackOn(this.lagAlarm);
  }
}

function environment(config: StageConfig, data: DataStack): Record<string, string> {
  return {
    ORDERS_STREAM_ARN: data.ordersTable.streamArn,
    LEASES_TABLE: data.streamLeasesTable.tableName,
    ORDER_EVENTS_TOPIC_ARN: data.orderEventsTopic.topicArn,
    RELAY_DLQ_URL: data.relayDeadLetterQueue.queueUrl,
    RELAY_START_AT: 'TRIM_HORIZON',
    RELAY_READ_DISABLED_STREAM: '0',
    EVENT_TYPE_PREFIX: config.events.typePrefix,
    EVENT_SOURCE: config.events.source,
    RELAY_LEASE_SECONDS: '10',
  };
}

function statements(data: DataStack): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'ReadStream',
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetShardIterator', 'dynamodb:GetRecords'],
      resources: [data.ordersTable.streamArn],
    }),
    new PolicyStatement({
      sid: 'Leases',
      // A transaction is allowed by what its items do.
      actions: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'].map(
        (call) => `dynamodb:${call}`,
      ),
      resources: [data.streamLeasesTable.tableArn],
    }),
    new PolicyStatement({
      sid: 'Publish',
      actions: ['sns:Publish'],
      resources: [data.orderEventsTopic.topicArn],
    }),
    new PolicyStatement({
      sid: 'Park',
      actions: ['sqs:SendMessage'],
      resources: [data.relayDeadLetterQueue.queueArn],
    }),
  ];
}

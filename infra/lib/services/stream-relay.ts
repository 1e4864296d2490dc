import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { RunbookAlarm, period } from '../runbook-alarm.ts';
import { allow } from './workload-roles.ts';
import { Workload, type WorkloadDependencies } from './workload.ts';

/** The stream-relay publishes each change of an order to the topic. */
export class StreamRelay extends Workload {
  /** Rings if subscribers receive events late. */
  readonly lagAlarm: RunbookAlarm;

  constructor(scope: Construct, id: string, props: WorkloadDependencies) {
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
      meaning: 'Changes of orders are published late',
      // A running relay always reports it. `no-stream-relay-task` rings if none runs; that must not undo the first deployment.
      // A shard without an owner has no age of its own; it is claimed within one and a half leases.
      metric: new MathExpression({
        label: 'Milliseconds late',
        expression: 'MAX([lag, unowned])',
        usingMetrics: {
          lag: this.metric('IteratorAge', 'Maximum'),
          unowned: this.metric('UnownedShardAge', 'Maximum'),
        },
        period,
      }),
      // Milliseconds. The last step of scaling acts at two minutes of lag and has one minute to help.
      limit: { atLeast: 180_000, minutes: 3 },
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
    RELAY_IDLE_POLL_SECONDS: String(config.eventDelaySeconds),
    RELAY_LEASE_SECONDS: String(config.eventDelaySeconds * 10),
  };
}

function statements(data: DataStack): PolicyStatement[] {
  // A transaction needs the permissions of its items.
  const leaseCalls = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'];
  const streamCalls = ['DescribeStream', 'GetShardIterator', 'GetRecords'];
  return [
    allow('ReadStream', streamCalls.map(ofDynamoDb), [data.ordersTable.streamArn]),
    allow('Leases', leaseCalls.map(ofDynamoDb), [data.streamLeasesTable.tableArn]),
    allow('Publish', ['sns:Publish'], [data.orderEventsTopic.topicArn]),
    allow('Quarantine', ['sqs:SendMessage'], [data.relayDeadLetterQueue.queueArn]),
  ];
}

function ofDynamoDb(call: string): string {
  return `dynamodb:${call}`;
}

import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CapacityProviderStrategy } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { allow } from './workload-roles.ts';
import { Workload, type WorkloadDependencies } from './workload.ts';

/** The worker decides the commands of the queue and writes the results to the tables. */
export class Worker extends Workload {
  /** Rings if the worker cannot do its work. The queue's age does not show that: SQS ignores messages received three times. */
  readonly messagesLeftAlarm: RunbookAlarm;

  constructor(scope: Construct, id: string, props: WorkloadDependencies) {
    const { config, data } = props;
    super(scope, id, {
      ...props,
      name: 'worker',
      port: { variable: 'WORKER_PORT', number: 3001 },
      environment: environment(config, data),
      statements: statements(data),
      capacityProviderStrategies: spotBeyondFirst(config),
    });
    this.messagesLeftAlarm = new RunbookAlarm(this, 'MessagesLeft', {
      config,
      name: 'messages-left',
      meaning: 'The worker leaves messages in the queue',
      // A counter that did not change is not reported.
      metric: this.metric('MessagesLeft', 'Sum'),
      // A minute. A command that overtook its order is left once or twice; an outage leaves each of a task's 80 in flight.
      limit: { atLeast: 50, minutes: 3 },
    });
    this.rollBackOn(this.messagesLeftAlarm);
  }
}

/**
 * Spot stops a task with two minutes' notice, and its messages return to the queue after 30 s. If Spot has no capacity, ECS does
 * not replace it with on-demand tasks.
 */
function spotBeyondFirst({ services: { worker } }: StageConfig): CapacityProviderStrategy[] {
  const { onDemandTasks, spotWeight } = worker;
  const onDemand = { capacityProvider: 'FARGATE', base: onDemandTasks, weight: 1 };
  return spotWeight === 0 ? [onDemand] : [onDemand, { capacityProvider: 'FARGATE_SPOT', weight: spotWeight }];
}

function environment(config: StageConfig, data: DataStack): Record<string, string> {
  return {
    ORDERS_QUEUE_URL: data.orders.queue.queueUrl,
    SQS_CALLS: 'direct',
    ORDERS_DLQ_URL: data.orders.deadLetterQueue.queueUrl,
    ORDERS_TABLE: data.ordersTable.tableName,
    PAYMENT_CLAIMS_TABLE: data.paymentClaimsTable.tableName,
    COMMAND_OUTCOMES_TABLE: data.commandOutcomesTable.tableName,
    ORDER_BATCHES_TABLE: data.orderBatchesTable.tableName,
    SELLER_NAME: config.seller.name,
    SELLER_ADDRESS: config.seller.address.join('|'),
    SELLER_VAT_ID: config.seller.vatId,
    SELLER_TIME_ZONE: config.seller.timeZone,
    WHOLESALE_APPROVAL_LIMIT: limitsOf(config),
    WORKER_POLLERS: '8',
    UNEXPECTED_RETRY_SECONDS: '60',
  };
}

function limitsOf({ wholesaleApprovalLimit }: StageConfig): string {
  return Object.entries(wholesaleApprovalLimit)
    .map(([currency, limit]) => `${currency}:${limit}`)
    .join(',');
}

function statements(data: DataStack): PolicyStatement[] {
  const { orders, ordersTable, paymentClaimsTable, commandOutcomesTable, orderBatchesTable } = data;
  const written = [ordersTable.tableArn, paymentClaimsTable.tableArn];
  return [
    allow(
      'Receive',
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
      [orders.queue.queueArn],
    ),
    allow('DeadLetter', ['sqs:SendMessage'], [orders.deadLetterQueue.queueArn]),
    allow('Read', ['dynamodb:BatchGetItem'], [...written, commandOutcomesTable.tableArn]),
    // BatchExecuteStatement needs the permissions of its statements.
    allow('WriteOrders', ['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'], written),
    allow('WriteOutcomes', ['dynamodb:PutItem'], [commandOutcomesTable.tableArn, orderBatchesTable.tableArn]),
  ];
}

import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CapacityProviderStrategy } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { messagesLeft } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { Workload, type WorkloadSurroundings } from './workload.ts';

export interface WorkerProps extends WorkloadSurroundings {
  readonly data: DataStack;
}

/** Decides what the queue holds and writes it to the tables. */
export class Worker extends Workload {
  /**
   * The worker cannot do its work. The age of the queue does not show it: SQS leaves a message that was received three times
   * out of it.
   */
  readonly messagesLeftAlarm: RunbookAlarm;

  constructor(scope: Construct, id: string, props: WorkerProps) {
    const { config, data } = props;
    super(scope, id, {
      ...props,
      name: 'worker',
      port: { variable: 'WORKER_PORT', number: 3001 },
      environment: environment(config, data),
      statements: statements(data),
      capacityProviderStrategies: spotBeyondMinimums(config),
    });
    this.messagesLeftAlarm = new RunbookAlarm(this, 'MessagesLeft', {
      config,
      name: 'messages-left',
      meaning: 'The worker leaves messages to come back',
      // A counter that did not move is not reported.
      metric: this.metric('MessagesLeft', 'Sum'),
      limit: messagesLeft,
    });
    this.rollBackOn(this.messagesLeftAlarm);
  }
}

/**
 * Spot takes a task away with two minutes' notice, and its messages come back after 30 s. Where it has none, ECS takes nothing
 * else in its place: so what a stage or a sale counts on is none of it.
 */
function spotBeyondMinimums({ services, campaigns }: StageConfig): CapacityProviderStrategy[] {
  const { minTasks: usual, spotWeight } = services.worker;
  const base = Math.max(1, usual, ...campaigns.map(({ minTasks }) => minTasks.worker ?? 0));
  const onDemand = { capacityProvider: 'FARGATE', base, weight: 1 };
  return spotWeight === 0 ? [onDemand] : [onDemand, { capacityProvider: 'FARGATE_SPOT', weight: spotWeight }];
}

function environment(config: StageConfig, data: DataStack): Record<string, string> {
  return {
    ORDERS_QUEUE_URL: data.orders.queue.queueUrl,
    ORDERS_DLQ_URL: data.orders.deadLetterQueue.queueUrl,
    ORDERS_TABLE: data.ordersTable.tableName,
    COMMAND_OUTCOMES_TABLE: data.commandOutcomesTable.tableName,
    ORDER_BATCHES_TABLE: data.orderBatchesTable.tableName,
    SELLER_NAME: config.seller.name,
    SELLER_ADDRESS: config.seller.address.join('|'),
    SELLER_VAT_ID: config.seller.vatId,
    WHOLESALE_APPROVAL_LIMIT: String(config.wholesaleApprovalLimit),
    WORKER_POLLERS: '8',
    UNEXPECTED_RETRY_SECONDS: '60',
  };
}

function statements({ orders, ordersTable, commandOutcomesTable, orderBatchesTable }: DataStack): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'Receive',
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
      resources: [orders.queue.queueArn],
    }),
    new PolicyStatement({
      sid: 'Park',
      actions: ['sqs:SendMessage'],
      resources: [orders.deadLetterQueue.queueArn],
    }),
    new PolicyStatement({
      sid: 'Read',
      actions: ['dynamodb:BatchGetItem'],
      resources: [ordersTable.tableArn, commandOutcomesTable.tableArn],
    }),
    new PolicyStatement({
      sid: 'WriteOrders',
      // BatchExecuteStatement is allowed by what its statements do.
      actions: ['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'],
      resources: [ordersTable.tableArn],
    }),
    new PolicyStatement({
      sid: 'WriteOutcomes',
      actions: ['dynamodb:PutItem'],
      resources: [commandOutcomesTable.tableArn, orderBatchesTable.tableArn],
    }),
  ];
}

import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import {
  commandOutcomesTable,
  eventConsumers,
  operationsLogTable,
  orderBatchesTable,
  ordersQueue,
  relayDeadLetterQueue,
  streamLeasesTable,
  type EventConsumerName,
  type TableDefinition,
} from '#libs/resources';
import { acknowledge } from '../acknowledge.ts';
import { prefixOf, type StageConfig } from '../config.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { EventConsumerQueues } from './event-consumer.ts';
import { OrderEventsTopic } from './order-events-topic.ts';
import { OrderIdKeys } from './order-id-keys.ts';
import { OrdersBackup } from './orders-backup.ts';
import { OrdersTable } from './orders-table.ts';
import { QueueFromDefinition } from './queue.ts';
import { QueuePair } from './queue-pair.ts';
import { TableFromDefinition } from './table.ts';

export interface DataStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What must outlive every deployment: `#libs/resources` as AWS resources, and the keys that sign order ids. */
export class DataStack extends Stack {
  readonly orderIdKeys: OrderIdKeys;
  readonly orders: QueuePair;
  readonly ordersTable: OrdersTable;
  readonly commandOutcomesTable: TableFromDefinition;
  readonly orderBatchesTable: TableFromDefinition;
  readonly streamLeasesTable: TableFromDefinition;
  readonly relayDeadLetterQueue: QueueFromDefinition;
  readonly orderEventsTopic: OrderEventsTopic;
  readonly eventConsumers: Readonly<Record<EventConsumerName, EventConsumerQueues>>;

  constructor(scope: Construct, id: string, { config, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: config.retainData });
    const prefix = prefixOf(config);
    const kept = { prefix, removalPolicy: removalPolicyOf(config) };
    const deletionProtection = config.retainData;
    const table = (id: string, definition: TableDefinition) =>
      new TableFromDefinition(this, id, { ...kept, definition, deletionProtection });

    this.orderIdKeys = new OrderIdKeys(this, 'OrderIdKeys', kept);
    this.orders = new QueuePair(this, 'Orders', { ...kept, definition: ordersQueue });
    this.ordersTable = new OrdersTable(this, 'OrdersTable', {
      ...kept,
      deletionProtection,
      ...(config.warmOrdersPerSecond !== undefined && { warmOrdersPerSecond: config.warmOrdersPerSecond }),
      ...(config.restoredOrdersStreamArn && { restoredStreamArn: config.restoredOrdersStreamArn }),
    });
    this.commandOutcomesTable = table('CommandOutcomesTable', commandOutcomesTable);
    this.orderBatchesTable = table('OrderBatchesTable', orderBatchesTable);
    new OrdersBackup(this, 'OrdersBackup', { ...kept, table: this.ordersTable });
    this.streamLeasesTable = table('StreamLeasesTable', streamLeasesTable);
    table('OperationsLogTable', operationsLogTable);
    this.relayDeadLetterQueue = new QueueFromDefinition(this, 'RelayDeadLetters', {
      ...kept,
      definition: relayDeadLetterQueue,
    });
    acknowledge(this.relayDeadLetterQueue, 'SQS3', 'It is a dead-letter queue: the relay itself parks records there');
    this.orderEventsTopic = new OrderEventsTopic(this, 'OrderEventsTopic', prefix);
    this.eventConsumers = Object.fromEntries(
      eventConsumers.map((consumer) => [
        consumer.name,
        new EventConsumerQueues(this, consumer.name, { ...kept, consumer, topic: this.orderEventsTopic }),
      ]),
    ) as Record<EventConsumerName, EventConsumerQueues>;
  }

  /** The tables that services call, in flow order; the relay's leases last. */
  get tables(): readonly TableFromDefinition[] {
    return [this.ordersTable, this.commandOutcomesTable, this.orderBatchesTable, this.streamLeasesTable];
  }
}

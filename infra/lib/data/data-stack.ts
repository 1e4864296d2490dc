import { Stack } from 'aws-cdk-lib/core';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import {
  commandOutcomesTable,
  eventConsumers,
  operationsLogTable,
  orderBatchesTable,
  ordersQueue,
  paymentClaimsTable,
  relayDeadLetterQueue,
  streamLeasesTable,
  type TableDefinition,
} from '#libs/resources';
import { acknowledge } from '../nag.ts';
import { prefixOf, type StageStackProps } from '../config.ts';
import { removalPolicyOf, type DataProps } from '../retention.ts';
import { EventConsumerQueues, OrderEventsTopic } from './order-events-topic.ts';
import { OrdersBackup } from './orders-backup.ts';
import { QueueFromDefinition, QueuePair } from './queue.ts';
import { OrdersTable, TableFromDefinition } from './table.ts';

/** Everything that must outlive a deployment: the resources of `#libs/resources`, and the keys that sign order ids. */
export class DataStack extends Stack {
  readonly orderIdKeys: OrderIdKeys;
  readonly orders: QueuePair;
  readonly ordersTable: OrdersTable;
  readonly paymentClaimsTable: TableFromDefinition;
  readonly commandOutcomesTable: TableFromDefinition;
  readonly orderBatchesTable: TableFromDefinition;
  readonly streamLeasesTable: TableFromDefinition;
  readonly relayDeadLetterQueue: QueueFromDefinition;
  readonly orderEventsTopic: OrderEventsTopic;
  readonly eventConsumers: readonly EventConsumerQueues[];

  constructor(scope: Construct, id: string, { config, ...props }: StageStackProps) {
    super(scope, id, { ...props, terminationProtection: config.retainData });
    const prefix = prefixOf(config);
    const kept = { prefix, removalPolicy: removalPolicyOf(config) };
    const table = (id: string, definition: TableDefinition) =>
      new TableFromDefinition(this, id, { ...kept, definition });

    this.orderIdKeys = new OrderIdKeys(this, 'OrderIdKeys', kept);
    this.orders = new QueuePair(this, 'Orders', { ...kept, definition: ordersQueue });
    this.ordersTable = new OrdersTable(this, 'OrdersTable', config, kept);
    this.paymentClaimsTable = table('PaymentClaimsTable', paymentClaimsTable);
    this.commandOutcomesTable = table('CommandOutcomesTable', commandOutcomesTable);
    this.orderBatchesTable = table('OrderBatchesTable', orderBatchesTable);
    // A vault with a copy could not be deleted with its stack.
    if (config.retainData) new OrdersBackup(this, 'OrdersBackup', this.ordersTable, config);
    this.streamLeasesTable = table('StreamLeasesTable', streamLeasesTable);
    table('OperationsLogTable', operationsLogTable);
    this.relayDeadLetterQueue = new QueueFromDefinition(this, 'RelayDeadLetters', {
      ...kept,
      definition: relayDeadLetterQueue,
    });
    acknowledge(
      this.relayDeadLetterQueue,
      'SQS3',
      'It is itself a dead-letter queue, for records that the relay quarantines',
    );
    this.orderEventsTopic = new OrderEventsTopic(this, 'OrderEventsTopic', prefix);
    this.eventConsumers = eventConsumers
      .filter(({ name }) => config.consumers.includes(name))
      .map(
        (consumer) => new EventConsumerQueues(this, consumer.name, { ...kept, consumer, topic: this.orderEventsTopic }),
      );
  }

  /** The tables that services call, in flow order; the relay's leases last. */
  get tables(): readonly TableFromDefinition[] {
    return [
      this.ordersTable,
      this.paymentClaimsTable,
      this.commandOutcomesTable,
      this.orderBatchesTable,
      this.streamLeasesTable,
    ];
  }
}

/** 64 alphanumeric characters are 380 bits. Punctuation is excluded, because a comma separates keys. */
const KEY_LENGTH = 64;

/**
 * The keys that sign order ids, separated by commas: the first signs, all are accepted. To rotate, put a new key first and
 * replace the api's tasks. Remove an old key when no client holds an id that it signed.
 */
class OrderIdKeys extends Secret {
  constructor(scope: Construct, id: string, { prefix, removalPolicy }: DataProps) {
    super(scope, id, {
      secretName: `${prefix}-order-id-keys`,
      description: 'Keys that sign order ids, separated by commas; the first signs, all are accepted',
      generateSecretString: { passwordLength: KEY_LENGTH, excludePunctuation: true },
      removalPolicy,
    });
    acknowledge(this, 'SMG4', 'A rotation keeps the old keys, because clients hold ids that they signed');
  }
}

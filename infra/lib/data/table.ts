import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { ordersTable, paymentClaimsTable, type KeyAttribute, type TableDefinition } from '#libs/resources';
import type { StageConfig } from '../config.ts';
import type { DataProps } from '../retention.ts';

/** The longest period that DynamoDB supports. */
const RECOVERY_DAYS = 35;

const attributeTypes = { S: AttributeType.STRING, N: AttributeType.NUMBER, B: AttributeType.BINARY };

/** Units a second that a new on-demand table or index accepts at once. DynamoDB rejects a lower warm throughput. */
const FIRST_READS = 12_000;
const FIRST_WRITES = 4_000;

export interface TableFromDefinitionProps extends DataProps {
  readonly definition: TableDefinition;
  /** Write units a second that the table and each index accept at once. */
  readonly warmWrites?: { readonly table: number; readonly index: number };
}

/** A table as `#libs/resources` defines it, encrypted with DynamoDB's own key, which costs nothing. */
export class TableFromDefinition extends Table {
  readonly definition: TableDefinition;
  /** The ARN of each index. */
  readonly indexArns: readonly string[];

  constructor(scope: Construct, id: string, props: TableFromDefinitionProps) {
    const { definition, prefix, removalPolicy, warmWrites } = props;
    super(scope, id, {
      tableName: `${prefix}-${definition.name}`,
      billingMode: BillingMode[definition.billingMode],
      ...keys(definition),
      ...(definition.timeToLive && { timeToLiveAttribute: definition.timeToLive }),
      ...(definition.stream && { stream: StreamViewType[definition.stream] }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: RECOVERY_DAYS },
      removalPolicy,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      ...(warmWrites && { warmThroughput: warm(warmWrites.table) }),
    });
    this.definition = definition;
    for (const index of definition.indexes) {
      this.addGlobalSecondaryIndex({
        indexName: index.name,
        ...keys(index),
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...index.includedAttributes],
        ...(warmWrites && { warmThroughput: warm(warmWrites.index) }),
      });
    }
    this.indexArns = definition.indexes.map(({ name }) => `${this.tableArn}/index/${name}`);
  }
}

function warm(writes: number) {
  return { readUnitsPerSecond: FIRST_READS, writeUnitsPerSecond: Math.max(writes, FIRST_WRITES) };
}

function keys({ hashKey, rangeKey }: Pick<TableDefinition, 'hashKey' | 'rangeKey'>) {
  return { partitionKey: attribute(hashKey), ...(rangeKey && { sortKey: attribute(rangeKey) }) };
}

function attribute({ name, type }: KeyAttribute) {
  return { name, type: attributeTypes[type] };
}

/** An order with its history has about 2 KB, and a unit writes 1 KB. An index holds less than 1 KB of an order. */
const UNITS_PER_ORDER = 2;
const INDEX_UNITS_PER_ORDER = 1;

/** A claim has less than 1 KB. */
const UNITS_PER_CLAIM = 1;

/** The claims on payments: a claim for each order. */
export class PaymentClaimsTable extends TableFromDefinition {
  constructor(scope: Construct, id: string, { warmOrdersPerSecond: rate }: StageConfig, props: DataProps) {
    const warmWrites = rate && { table: rate * UNITS_PER_CLAIM, index: 0 };
    super(scope, id, { ...props, definition: paymentClaimsTable, ...(warmWrites && { warmWrites }) });
  }
}

/** The orders table, and the stream from which events are made. */
export class OrdersTable extends TableFromDefinition {
  readonly streamArn: string;

  constructor(scope: Construct, id: string, config: StageConfig, props: DataProps) {
    const { warmOrdersPerSecond, restoredOrdersStreamArn } = config;
    const warmWrites = warmOrdersPerSecond && {
      table: warmOrdersPerSecond * UNITS_PER_ORDER,
      index: warmOrdersPerSecond * INDEX_UNITS_PER_ORDER,
    };
    super(scope, id, { ...props, definition: ordersTable, ...(warmWrites && { warmWrites }) });
    if (!this.tableStreamArn) throw new Error(`expected ${this.node.path} to have a stream`);
    // Always exported: CloudFormation cannot remove an export that running services still import.
    Stack.of(this).exportValue(this.tableStreamArn);
    this.streamArn = restoredOrdersStreamArn ?? this.tableStreamArn;
  }
}

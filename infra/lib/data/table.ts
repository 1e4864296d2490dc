import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { ordersTable, type KeyAttribute, type TableDefinition } from '#libs/resources';
import type { StageConfig } from '../config.ts';
import type { DataProps } from '../retention.ts';

/** The longest period that DynamoDB supports. */
const RECOVERY_DAYS = 35;

const attributeTypes = { S: AttributeType.STRING, N: AttributeType.NUMBER, B: AttributeType.BINARY };

export interface TableFromDefinitionProps extends DataProps {
  readonly definition: TableDefinition;
}

/** A table as `#libs/resources` defines it, encrypted with DynamoDB's own key, which costs nothing. */
export class TableFromDefinition extends Table {
  readonly definition: TableDefinition;
  /** The ARN of each index. */
  readonly indexArns: readonly string[];

  constructor(scope: Construct, id: string, props: TableFromDefinitionProps) {
    const { definition, prefix, removalPolicy } = props;
    super(scope, id, {
      tableName: `${prefix}-${definition.name}`,
      billingMode: BillingMode[definition.billingMode],
      ...keys(definition),
      ...(definition.timeToLive && { timeToLiveAttribute: definition.timeToLive }),
      ...(definition.stream && { stream: StreamViewType[definition.stream] }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: RECOVERY_DAYS },
      removalPolicy,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    });
    this.definition = definition;
    for (const index of definition.indexes) {
      this.addGlobalSecondaryIndex({
        indexName: index.name,
        ...keys(index),
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...index.includedAttributes],
      });
    }
    this.indexArns = definition.indexes.map(({ name }) => `${this.tableArn}/index/${name}`);
  }
}

function keys({ hashKey, rangeKey }: Pick<TableDefinition, 'hashKey' | 'rangeKey'>) {
  return { partitionKey: attribute(hashKey), ...(rangeKey && { sortKey: attribute(rangeKey) }) };
}

function attribute({ name, type }: KeyAttribute) {
  return { name, type: attributeTypes[type] };
}

/** The orders table, and the stream from which events are made. */
export class OrdersTable extends TableFromDefinition {
  readonly streamArn: string;

  constructor(scope: Construct, id: string, config: StageConfig, props: DataProps) {
    super(scope, id, { ...props, definition: ordersTable });
    if (!this.tableStreamArn) throw new Error(`expected ${this.node.path} to have a stream`);
    // Always exported: CloudFormation cannot remove an export that running services still import.
    Stack.of(this).exportValue(this.tableStreamArn);
    this.streamArn = config.restoredOrdersStreamArn ?? this.tableStreamArn;
  }
}

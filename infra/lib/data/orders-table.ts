import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ordersTable } from '#libs/resources';
import { TableFromDefinition, type TableFromDefinitionProps } from './table.ts';

/** An order with its history has about 2 KB, and a unit writes one; an index keeps less than one of it. */
const UNITS_PER_ORDER = 2;
const INDEX_UNITS_PER_ORDER = 1;

export interface OrdersTableProps extends Omit<TableFromDefinitionProps, 'definition' | 'warmWrites'> {
  readonly warmOrdersPerSecond?: number;
  /** Of a table that was restored outside of CloudFormation. */
  readonly restoredStreamArn?: string;
}

/** The orders, and the stream from which their events come. */
export class OrdersTable extends TableFromDefinition {
  readonly streamArn: string;

  constructor(scope: Construct, id: string, { warmOrdersPerSecond, restoredStreamArn, ...props }: OrdersTableProps) {
    const warmWrites = warmOrdersPerSecond && {
      table: warmOrdersPerSecond * UNITS_PER_ORDER,
      index: warmOrdersPerSecond * INDEX_UNITS_PER_ORDER,
    };
    super(scope, id, { ...props, definition: ordersTable, ...(warmWrites && { warmWrites }) });
    if (!this.tableStreamArn) throw new Error(`expected ${this.node.path} to have a stream`);
    // Exported in any case: an export that running services still read can not be taken away.
    Stack.of(this).exportValue(this.tableStreamArn);
    this.streamArn = restoredStreamArn ?? this.tableStreamArn;
  }
}

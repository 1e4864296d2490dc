import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Operation } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { commandOutcomesTable, orderBatchesTable, ordersTable, streamLeasesTable } from '#libs/resources';
import { tableErrors, tableThrottles } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { TableFromDefinition } from '../data/table.ts';
import { graph, type Station, type StationProps } from './station.ts';

const period = Duration.minutes(1);
const sum = { statistic: 'Sum', period };

/** What the services call, as their roles allow; each is a metric, $0.10 a month. */
const OPERATIONS: Readonly<Record<string, readonly Operation[]>> = {
  [ordersTable.name]: [Operation.BATCH_GET_ITEM, Operation.QUERY, Operation.BATCH_EXECUTE_STATEMENT],
  [commandOutcomesTable.name]: [Operation.BATCH_GET_ITEM, Operation.PUT_ITEM],
  [orderBatchesTable.name]: [Operation.QUERY, Operation.PUT_ITEM],
  [streamLeasesTable.name]: [
    Operation.GET_ITEM,
    Operation.QUERY,
    Operation.PUT_ITEM,
    Operation.UPDATE_ITEM,
    Operation.DELETE_ITEM,
    Operation.TRANSACT_WRITE_ITEMS,
  ],
};

export interface TablesStationProps extends StationProps {
  readonly tables: readonly TableFromDefinition[];
}

/**
 * Where orders are kept. Its alarms are causes: whoever notices is told by the api's or by the delay. DynamoDB tells of
 * throttles and errors when there are any, and nothing of a minute without.
 */
export class TablesStation extends Construct implements Station {
  readonly title = 'Tables';
  readonly telling = [];
  readonly silent;
  readonly graphs;

  constructor(scope: Construct, id: string, { config, tables }: TablesStationProps) {
    super(scope, id);
    this.silent = tables.flatMap((table) => {
      const { name } = table.definition;
      return [
        new RunbookAlarm(this, `${name}Throttled`, {
          config,
          name: `${name}-table-throttled`,
          heading: 'table-throttled',
          meaning: `DynamoDB throttles the table ${name}`,
          metric: throttles(table),
          limit: tableThrottles,
          missing: TreatMissingData.NOT_BREACHING,
        }),
        new RunbookAlarm(this, `${name}Errors`, {
          config,
          name: `${name}-table-errors`,
          heading: 'table-errors',
          meaning: `DynamoDB fails calls to the table ${name}`,
          metric: errors(table),
          limit: tableErrors,
          missing: TreatMissingData.NOT_BREACHING,
        }),
      ];
    });
    this.graphs = [
      graph('Write units', { left: tables.map((table) => table.metricConsumedWriteCapacityUnits(labelled(table))) }),
      graph('Read units', { left: tables.map((table) => table.metricConsumedReadCapacityUnits(labelled(table))) }),
      graph('Throttles', { left: tables.map(throttles) }),
      graph('Errors', { left: tables.map(errors) }),
    ];
  }
}

function labelled({ definition }: TableFromDefinition) {
  return { ...sum, label: definition.name };
}

/** Those of an index hold up the writes of its table and the lists that read it, and are told of the index alone. */
function throttles(table: TableFromDefinition): IMetric {
  const { tableName: TableName, definition } = table;
  const indexes = definition.indexes.map(({ name }) => ({ TableName, GlobalSecondaryIndexName: name }));
  const metrics = [{ TableName }, ...indexes].flatMap((dimensionsMap) =>
    ['WriteThrottleEvents', 'ReadThrottleEvents'].map((name) => table.metric(name, { ...sum, dimensionsMap })),
  );
  return sumOf(table, metrics);
}

function errors(table: TableFromDefinition): IMetric {
  const ofOperation = (operation: Operation) =>
    table.metric('SystemErrors', { ...sum, dimensionsMap: { TableName: table.tableName, Operation: operation } });
  const { name } = table.definition;
  const operations = OPERATIONS[name];
  if (!operations) throw new Error(`expected the operations of the table ${name} in tables-station.ts`);
  return sumOf(table, operations.map(ofOperation));
}

/** Ten metrics at most. A sum with one that tells nothing is nothing, and CDK's own sums are such. */
function sumOf(table: TableFromDefinition, metrics: readonly IMetric[]): MathExpression {
  // Distinct in a graph that has several sums.
  const prefix = table.definition.name.replaceAll('-', '_');
  const usingMetrics = Object.fromEntries(metrics.map((metric, position) => [`${prefix}_${position}`, metric]));
  return new MathExpression({
    label: table.definition.name,
    expression: Object.keys(usingMetrics)
      .map((id) => `FILL(${id}, 0)`)
      .join(' + '),
    usingMetrics,
    period,
  });
}

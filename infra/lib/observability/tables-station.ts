import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Operation } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { tableErrors, tableThrottles } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { TableFromDefinition } from '../data/table.ts';
import type { Workload } from '../services/workload.ts';
import { graph, type Station } from './dashboard.ts';

const period = Duration.minutes(1);
const sum = { statistic: 'Sum', period };

/**
 * Where orders are kept. Its alarms are causes: whoever is affected is notified by the api's alarms or by the delay. DynamoDB
 * reports throttles and errors when there are any, and nothing of a minute without.
 */
export function tablesStation(
  stack: Construct,
  config: StageConfig,
  tables: readonly TableFromDefinition[],
  callers: readonly Workload[],
): Station {
  const scope = new Construct(stack, 'Tables');
  const errorsOf = (table: TableFromDefinition) => errors(table, callers);
  const silent = tables.flatMap((table) => {
    const { name } = table.definition;
    return [
      new RunbookAlarm(scope, `${name}Throttled`, {
        config,
        name: `${name}-table-throttled`,
        heading: 'table-throttled',
        meaning: `DynamoDB throttles the table ${name}`,
        metric: throttles(table),
        limit: tableThrottles,
      }),
      new RunbookAlarm(scope, `${name}Errors`, {
        config,
        name: `${name}-table-errors`,
        heading: 'table-errors',
        meaning: `DynamoDB fails calls to the table ${name}`,
        metric: errorsOf(table),
        limit: tableErrors,
      }),
    ];
  });
  return {
    title: 'Tables',
    telling: [],
    silent,
    graphs: [
      graph('Write units', { left: tables.map((table) => table.metricConsumedWriteCapacityUnits(labelled(table))) }),
      graph('Read units', { left: tables.map((table) => table.metricConsumedReadCapacityUnits(labelled(table))) }),
      graph('Throttles', { left: tables.map(throttles) }),
      graph('Errors', { left: tables.map(errorsOf) }),
    ],
  };
}

function labelled({ definition }: TableFromDefinition) {
  return { ...sum, label: definition.name };
}

/** Throttles of an index hold up the writes of its table and the lists that read it, and are reported for the index alone. */
function throttles(table: TableFromDefinition): IMetric {
  const { tableName: TableName, definition } = table;
  const indexes = definition.indexes.map(({ name }) => ({ TableName, GlobalSecondaryIndexName: name }));
  const metrics = [{ TableName }, ...indexes].flatMap((dimensionsMap) =>
    ['WriteThrottleEvents', 'ReadThrottleEvents'].map((name) => table.metric(name, { ...sum, dimensionsMap })),
  );
  return sumOf(table, metrics);
}

function errors(table: TableFromDefinition, callers: readonly Workload[]): IMetric {
  const { tableName: TableName } = table;
  const metrics = operationsOn(table, callers).map((Operation) =>
    table.metric('SystemErrors', { ...sum, dimensionsMap: { TableName, Operation } }),
  );
  return sumOf(table, metrics);
}

/** DynamoDB reports a call by its operation, which is none of IAM's actions where it is made of several. */
const OPERATION_OF_ACTION: Readonly<Record<string, Operation>> = {
  PartiQLInsert: Operation.BATCH_EXECUTE_STATEMENT,
  PartiQLUpdate: Operation.BATCH_EXECUTE_STATEMENT,
  ConditionCheckItem: Operation.TRANSACT_WRITE_ITEMS,
};

/** What the services may call on the table or an index of it; each is a metric, $0.10 a month. */
function operationsOn({ tableArn }: TableFromDefinition, callers: readonly Workload[]): Operation[] {
  const actions = callers
    .flatMap(({ statements }) => statements)
    .filter(({ resources }) => resources.some((arn) => arn.startsWith(tableArn)))
    .flatMap((statement) => statement.actions.map((action) => action.replace('dynamodb:', '')));
  return [...new Set(actions.map(operationOf))];
}

function operationOf(action: string): Operation {
  const operation = OPERATION_OF_ACTION[action] ?? (action as Operation);
  if (!Object.values(Operation).includes(operation))
    throw new Error(`expected an operation of DynamoDB, got ${action}`);
  return operation;
}

/** Ten metrics at most. A sum with a metric that reports nothing is nothing, and CDK's own sums are of that kind. */
function sumOf(table: TableFromDefinition, metrics: readonly IMetric[]): MathExpression {
  if (metrics.length === 0) throw new Error(`expected a service that calls the table ${table.definition.name}`);
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

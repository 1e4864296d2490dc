import { MathExpression, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Operation } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { TableFromDefinition } from '../data/table.ts';
import { RunbookAlarm, period } from '../runbook-alarm.ts';
import type { Workload } from '../services/workload.ts';
import { graph, type Station } from './dashboard.ts';

const sum = { statistic: 'Sum', period };

/**
 * The tables. Their alarms only show a cause: the alarms of the api and of delayed orders notify. DynamoDB reports nothing for
 * a minute without throttles or errors.
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
        // Throttles in each of five minutes. An on-demand table grows within minutes; longer means that it must be warmed.
        limit: { atLeast: 1, minutes: 5 },
      }),
      new RunbookAlarm(scope, `${name}Errors`, {
        config,
        name: `${name}-table-errors`,
        heading: 'table-errors',
        meaning: `DynamoDB fails calls to the table ${name}`,
        metric: errorsOf(table),
        // Errors in each of five minutes. The SDK repeats the calls; errors that last are an outage of DynamoDB.
        limit: { atLeast: 1, minutes: 5 },
      }),
    ];
  });
  return {
    title: 'Tables',
    notifying: [],
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

/** Throttles of a table and its indexes. Those of an index delay writes to the table, but are reported only for the index. */
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

/** DynamoDB reports calls by operation. Some IAM actions have another name than the operation that they allow. */
const OPERATION_OF_ACTION: Readonly<Record<string, Operation>> = {
  PartiQLInsert: Operation.BATCH_EXECUTE_STATEMENT,
  PartiQLUpdate: Operation.BATCH_EXECUTE_STATEMENT,
  ConditionCheckItem: Operation.TRANSACT_WRITE_ITEMS,
};

/** The operations that the services may call on the table or its indexes. Each is a metric, $0.10 a month. */
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

/** The sum of at most ten metrics. Each is filled with 0: in CDK's own sums, one metric without data makes the sum empty. */
function sumOf(table: TableFromDefinition, metrics: readonly IMetric[]): MathExpression {
  if (metrics.length === 0) throw new Error(`expected a service that calls the table ${table.definition.name}`);
  // The ids must differ within a graph that shows several sums.
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

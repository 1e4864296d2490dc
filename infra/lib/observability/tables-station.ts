import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableFromDefinition } from '../data/table.ts';
import { period } from '../runbook-alarm.ts';
import { graph, type Station } from './dashboard.ts';

const sum = { statistic: 'Sum', period };

/** The tables. They have no alarms: those of the api, the queue and the relay ring if a table fails. */
export function tablesStation(tables: readonly TableFromDefinition[]): Station {
  return {
    title: 'Tables',
    alarms: [],
    graphs: [
      graph('Write units', { left: tables.map((table) => table.metricConsumedWriteCapacityUnits(labelled(table))) }),
      graph('Read units', { left: tables.map((table) => table.metricConsumedReadCapacityUnits(labelled(table))) }),
      graph('Throttles, also of indexes', {
        left: tables.flatMap((table) => [
          search(table, 'TableName', 'WriteThrottleEvents'),
          search(table, 'TableName,GlobalSecondaryIndexName', 'WriteThrottleEvents'),
          search(table, 'TableName', 'ReadThrottleEvents'),
        ]),
      }),
      graph('Errors', { left: tables.map((table) => search(table, 'TableName,Operation', 'SystemErrors')) }),
    ],
  };
}

function labelled({ definition }: TableFromDefinition) {
  return { ...sum, label: definition.name };
}

/** One line for each combination of the dimensions that DynamoDB reports for the table. */
function search({ tableName }: TableFromDefinition, dimensions: string, metric: string): MathExpression {
  const terms = `{AWS/DynamoDB,${dimensions}} MetricName="${metric}" TableName="${tableName}"`;
  return new MathExpression({ label: '', expression: `SEARCH('${terms}', 'Sum', 60)`, usingMetrics: {}, period });
}

import { randomUUID } from 'node:crypto';
import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { operationsLogTable } from '#libs/resources';
import type { Environment } from './environment.ts';
import { say, textOf } from './terminal.ts';
import type { Responsibility } from './tool.ts';

/** The hash key of every row: the table has one log. */
const LOG = 'operations';

/** A change that an operator makes. Tool and operation are as typed, e.g. `dlq` and `redrive`. */
interface Operation extends Responsibility {
  tool: string;
  operation: string;
  details: object;
}

/** An operation in the log. Without `endedAt` it is still running, or its process was killed. */
export interface LoggedOperation extends Operation {
  operationId: string;
  startedAt: string;
  /** The id of the operator's access key, by which CloudTrail identifies the operator. */
  accessKeyId?: string;
  endedAt?: string;
  outcome?: string;
  /** Why it failed. */
  failure?: string;
  counts?: object;
}

/**
 * Logs an operation, does its work, and logs the outcome with the counts. The log is a table of the environment, so that all
 * operators share it. Each entry is also printed as a line of JSON.
 *
 * @throws EnvironmentError before the work starts when the operation cannot be logged
 */
export async function logOperation(
  environment: Environment,
  operation: Operation,
  work: () => Promise<string>,
  counts: () => object,
  print: (line: string) => void = say,
): Promise<string> {
  const { dynamodb, name } = environment;
  const report = (event: string, fields: object) =>
    print(JSON.stringify({ level: 'info', time: new Date().toISOString(), event, environment: name, ...fields }));
  const TableName = environment.nameOf(operationsLogTable.name);
  const { accessKeyId } = await dynamodb.config.credentials();
  const startedAt = new Date().toISOString();
  const operationId = `${startedAt}#${randomUUID().slice(0, 8)}`;
  const started = { operationId, ...operation, startedAt, accessKeyId };
  await environment.reached(`the table ${TableName}`, dynamodb.putItem({ TableName, Item: rowOf(started) }));
  report('operation_started', started);
  let outcome = 'FAILED';
  let failure: string | undefined;
  try {
    outcome = await work();
    return outcome;
  } catch (error) {
    failure = textOf(error);
    throw error;
  } finally {
    const ended = { ...started, endedAt: new Date().toISOString(), outcome, failure, counts: counts() };
    report('operation_ended', ended);
    // The operation has ended, even when the table cannot be written.
    await dynamodb
      .putItem({ TableName, Item: rowOf(ended) })
      .catch((error: unknown) => report('operation_end_not_logged', { ...ended, error: textOf(error) }));
  }
}

/** The last operations, newest first. @param before the id of an operation: only earlier ones */
export async function listOperations(
  environment: Environment,
  limit: number,
  before?: string,
): Promise<LoggedOperation[]> {
  const query = {
    TableName: environment.nameOf(operationsLogTable.name),
    KeyConditionExpression: before === undefined ? '#log = :log' : '#log = :log AND operationId < :before',
    ExpressionAttributeNames: { '#log': 'log' },
    ExpressionAttributeValues: { ':log': { S: LOG }, ...(before !== undefined && { ':before': { S: before } }) },
    ScanIndexForward: false,
    ConsistentRead: true,
    Limit: limit,
  };
  const operations: LoggedOperation[] = [];
  for await (const { Items = [] } of paginateQuery({ client: environment.dynamodb }, query)) {
    operations.push(...Items.map((item) => unmarshall(item) as LoggedOperation));
    if (operations.length >= limit) break;
  }
  return operations.slice(0, limit);
}

function rowOf(operation: object) {
  return marshall({ log: LOG, ...operation }, { removeUndefinedValues: true });
}

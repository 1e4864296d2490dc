import { randomUUID } from 'node:crypto';
import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { operationsLogTable } from '#libs/resources';
import type { Environment } from './environment.ts';
import { say, textOf } from './terminal.ts';
import type { Responsibility } from './tool.ts';

/** The hash key of every row: the table has one log. */
const LOG = 'repairs';

/** What an operator is about to do. Tool and act are as they are typed, e.g. `dlq` and `redrive`. */
interface Act extends Responsibility {
  tool: string;
  act: string;
  details: object;
}

/** An act as the log has it. Without `endedAt` it is still running, or its process was killed. */
export interface LoggedAct extends Act {
  actId: string;
  startedAt: string;
  /** Of the operator's credentials. On AWS, CloudTrail knows by it who it was. */
  accessKeyId?: string;
  endedAt?: string;
  outcome?: string;
  counts?: object;
}

/**
 * Logs an act, does its work, and logs its outcome with the counts at its end. The log is a table of the environment, so
 * that all operators share it, and is printed as lines of JSON, too.
 *
 * @throws EnvironmentError before the work begins when the act cannot be logged
 */
export async function recordAct(
  environment: Environment,
  act: Act,
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
  const begun = { actId: `${startedAt}#${randomUUID().slice(0, 8)}`, ...act, startedAt, accessKeyId };
  await environment.reached(`the table ${TableName}`, dynamodb.putItem({ TableName, Item: rowOf(begun) }));
  report('repair_begun', begun);
  let outcome = 'FAILED';
  try {
    outcome = await work();
    return outcome;
  } finally {
    const ended = { ...begun, endedAt: new Date().toISOString(), outcome, counts: counts() };
    report('repair_ended', ended);
    // That it has ended stays true when the log cannot be written.
    await dynamodb
      .putItem({ TableName, Item: rowOf(ended) })
      .catch((error: unknown) => report('repair_end_not_logged', { ...ended, error: textOf(error) }));
  }
}

/** The last acts, newest first. */
export async function listActs(environment: Environment, limit: number): Promise<LoggedAct[]> {
  const query = {
    TableName: environment.nameOf(operationsLogTable.name),
    KeyConditionExpression: '#log = :log',
    ExpressionAttributeNames: { '#log': 'log' },
    ExpressionAttributeValues: { ':log': { S: LOG } },
    ScanIndexForward: false,
    ConsistentRead: true,
    Limit: limit,
  };
  const acts: LoggedAct[] = [];
  for await (const { Items = [] } of paginateQuery({ client: environment.dynamodb }, query)) {
    acts.push(...Items.map((item) => unmarshall(item) as LoggedAct));
    if (acts.length >= limit) break;
  }
  return acts.slice(0, limit);
}

function rowOf(act: object) {
  return marshall({ log: LOG, ...act }, { removeUndefinedValues: true });
}

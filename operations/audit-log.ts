import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import {
  type AttributeValue,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { operationsLogTable } from '#libs/resources';
import type { Target } from './target.ts';
import { UsageError } from './usage-error.ts';

const LOG = 'repairs';
const MOST_LISTED = 50;

type Row = Record<string, AttributeValue>;
type Details = Readonly<Record<string, unknown>>;

/** Who does it and why; both are asked for by every act that changes something. */
export interface Responsibility {
  by: string;
  why: string;
}

/** What an operator is about to do. */
export interface Act extends Responsibility {
  /** As it is typed, e.g. `dlq`. */
  tool: string;
  /** As it is typed, e.g. `redrive`. */
  act: string;
  /** What it is done to: the queue, the filter, the rate. */
  details: Details;
}

/** An act as the log has it. Without `endedAt` it is under way, or its process was killed. */
export interface LoggedAct extends Act {
  id: string;
  startedAt: string;
  /** Of the credentials: on AWS CloudTrail knows by it who it was. */
  accessKeyId?: string;
  endedAt?: string;
  /** `DONE`, or what else it came to. */
  outcome?: string;
  counts?: Details;
}

/** An act that has been logged and may begin. */
export interface BegunAct {
  readonly id: string;
  /** Logs what came of it. */
  end(outcome: string, counts: Details): Promise<void>;
}

/**
 * Says who is responsible for an act: `--by`, else the user of this machine.
 *
 * @throws UsageError when no reason is given
 */
export function responsibility(options: { by?: string | undefined; why?: string | undefined }): Responsibility {
  const why = options.why?.trim();
  if (!why) throw new UsageError('it changes something, so the log wants a reason: type --why "what for"');
  return { by: options.by?.trim() || userInfo().username, why };
}

/**
 * The log of what operators did to a target: a row for each act, written before it begins, completed when it ends. It lies
 * in the target's own table, so that all operators share it, and it outlives their machines. Each is also a line of JSON.
 */
export class AuditLog {
  private readonly dynamodb: DynamoDBClient;
  private readonly tableName: string;
  private readonly target: Target;
  private readonly writeLine: (line: string) => void;

  constructor(target: Target, writeLine: (line: string) => void = (line) => void process.stderr.write(`${line}\n`)) {
    this.target = target;
    this.dynamodb = target.dynamodb;
    this.tableName = target.nameOf(operationsLogTable.name);
    this.writeLine = writeLine;
  }

  /** Rejects when the act could not be logged: then it must not begin. */
  async begin(act: Act): Promise<BegunAct> {
    const { accessKeyId } = await this.dynamodb.config.credentials();
    const startedAt = new Date().toISOString();
    const logged: LoggedAct = { ...act, id: `${startedAt}#${randomUUID().slice(0, 8)}`, startedAt, accessKeyId };
    const { id, ...row } = logged;
    const Item = marshall({ log: LOG, actId: id, ...row }, { removeUndefinedValues: true });
    await this.target.reached(
      this.dynamodb,
      this.dynamodb.send(new PutItemCommand({ TableName: this.tableName, Item })),
      `the table ${this.tableName}, which has the log of repairs`,
    );
    this.tell('repair_begun', logged);
    return { id, end: (outcome, counts) => this.end(logged, outcome, counts) };
  }

  /** The last acts, newest first. */
  async list(limit = MOST_LISTED): Promise<LoggedAct[]> {
    const acts: LoggedAct[] = [];
    let before: Row | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.page(limit - acts.length, before);
      for (const item of Items) {
        const { log: _log, actId: id, ...row } = unmarshall(item);
        acts.push({ id, ...row } as LoggedAct);
      }
      before = LastEvaluatedKey;
    } while (before && acts.length < limit);
    return acts;
  }

  private page(Limit: number, ExclusiveStartKey: Row | undefined): Promise<QueryCommandOutput> {
    const query = new QueryCommand({
      TableName: this.tableName,
      KeyConditionExpression: '#log = :log',
      ExpressionAttributeNames: { '#log': 'log' },
      ExpressionAttributeValues: { ':log': { S: LOG } },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit,
      ExclusiveStartKey,
    });
    return this.target.reached(this.dynamodb, this.dynamodb.send(query), `the table ${this.tableName}`);
  }

  /** That it ended can not be undone by the log: where it can not be written, the line says why. */
  private async end(act: LoggedAct, outcome: string, counts: Details): Promise<void> {
    const ended = { ...act, endedAt: new Date().toISOString(), outcome, counts };
    this.tell('repair_ended', ended);
    try {
      await this.dynamodb.send(this.endOf(ended));
    } catch (error) {
      const { name, message } = error as Error;
      this.tell('repair_end_not_logged', { ...ended, error: message || name });
    }
  }

  private endOf({ id, endedAt, outcome, counts }: LoggedAct): UpdateItemCommand {
    return new UpdateItemCommand({
      TableName: this.tableName,
      Key: marshall({ log: LOG, actId: id }),
      UpdateExpression: 'SET endedAt = :endedAt, outcome = :outcome, #counts = :counts',
      ExpressionAttributeNames: { '#counts': 'counts' },
      ExpressionAttributeValues: marshall(
        { ':endedAt': endedAt, ':outcome': outcome, ':counts': counts },
        { removeUndefinedValues: true },
      ),
    });
  }

  private tell(event: string, act: LoggedAct & { error?: string }): void {
    const { name: target } = this.target;
    this.writeLine(JSON.stringify({ level: 'info', time: new Date().toISOString(), event, target, ...act }));
  }
}

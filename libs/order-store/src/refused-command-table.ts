import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Refusal } from '#libs/orders';
import { putUnlessNewer } from './table-call.ts';
import { TableReads } from './table-reads.ts';

/** A command that the worker refused, kept for callers that read its outcome. */
export interface RefusedCommand {
  commandId: string;
  orderId: string;
  refusal: Refusal | UnknownOrderRefusal;
  /** When the api received the command, the last time that it was sent. ISO 8601, UTC. */
  receivedAt: string;
  /** ISO 8601, UTC. */
  refusedAt: string;
}

/** The order was still not placed long after the command was received. */
export interface UnknownOrderRefusal {
  code: 'NOT_FOUND';
  detail: string;
}

/** 30 days. DynamoDB deletes expired items some time later. */
const KEPT_SECONDS = 30 * 24 * 60 * 60;

/** The refused commands, which leave no trace in their order. Methods reject with OrderError TABLE_UNAVAILABLE. */
export class RefusedCommandTable {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;
  private readonly outcomes: TableReads<RefusedCommand>;

  constructor(client: DynamoDBClient, tableName: string) {
    this.client = client;
    this.tableName = tableName;
    this.outcomes = new TableReads(client, {
      tableName,
      keyOf: (commandId: string) => ({ commandId: { S: commandId } }),
      textOf: (item: Record<string, AttributeValue>) => item['commandId']?.S ?? '',
    });
  }

  /** When a command was sent again, the last refusal by `receivedAt` stays, whichever message is handled first. */
  async record(refused: RefusedCommand): Promise<void> {
    const expiresAt = Math.floor(Date.parse(refused.refusedAt) / 1_000) + KEPT_SECONDS;
    const Item = marshall({ ...refused, expiresAt }, { removeUndefinedValues: true });
    await putUnlessNewer(this.client, {
      TableName: this.tableName,
      Item,
      ConditionExpression: 'attribute_not_exists(commandId) OR receivedAt <= :receivedAt',
      ExpressionAttributeValues: { ':receivedAt': { S: refused.receivedAt } },
    });
  }

  /** Strongly consistent. */
  find(commandId: string): Promise<RefusedCommand | undefined> {
    return this.outcomes.find(commandId);
  }
}

import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { BatchRow, BatchTotals, RecordBatchCommand } from '#libs/order-requests';
import { putUnlessNewer, tableCall } from './table-call.ts';

/** What is known of a batch. */
export interface OrderBatch {
  /** Absent until all of it is known. */
  totals?: BatchTotals;
  /** In the order of the batch. */
  rows: BatchRow[];
}

type BatchPart = Pick<RecordBatchCommand, 'batchId' | 'part' | 'rows' | 'totals' | 'receivedAt'>;

/** A month is longer than anybody asks; DynamoDB deletes it some time after. */
const KEPT_SECONDS = 30 * 24 * 60 * 60;

/** What became of the orders of batches, part by part. Rejects with OrderError TABLE_UNAVAILABLE. */
export class OrderBatchTable {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.client = client;
    this.tableName = tableName;
  }

  /** A batch that came again has the last word; messages may come in any order, and twice. */
  async record({ batchId, part, rows, totals, receivedAt }: BatchPart): Promise<void> {
    const expiresAt = Math.floor(Date.parse(receivedAt) / 1_000) + KEPT_SECONDS;
    const Item = marshall(
      { batchId, part, rows, totals, receivedAt, expiresAt },
      { removeUndefinedValues: true, convertClassInstanceToMap: true },
    );
    await putUnlessNewer(this.client, {
      TableName: this.tableName,
      Item,
      ConditionExpression: 'attribute_not_exists(batchId) OR receivedAt <= :receivedAt',
      ExpressionAttributeValues: { ':receivedAt': { S: receivedAt } },
    });
  }

  /** Strongly consistent; undefined while nothing is known of the batch. */
  async find(batchId: string): Promise<OrderBatch | undefined> {
    const parts = await tableCall(() => this.partsOf(batchId));
    if (parts.length === 0) return undefined;
    const rows = parts.flatMap((part) => part.rows);
    const totals = latestTotals(parts);
    if (!totals) return { rows };
    // Of an earlier and longer batch with the same key, parts may be left behind the last.
    const count = totals.accepted + totals.refused;
    const known = rows.filter(({ row }) => row <= count);
    return { rows: known, ...(known.length === count && { totals }) };
  }

  private async partsOf(batchId: string): Promise<BatchPart[]> {
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'batchId = :batchId',
        ExpressionAttributeValues: { ':batchId': { S: batchId } },
      },
    );
    const parts: BatchPart[] = [];
    for await (const { Items = [] } of pages) parts.push(...Items.map((item) => unmarshall(item) as BatchPart));
    return parts;
  }
}

function latestTotals(parts: readonly BatchPart[]): BatchTotals | undefined {
  const last = parts.filter(({ totals }) => totals !== undefined).toSorted(byReceivedAt);
  return last.at(-1)?.totals;
}

function byReceivedAt(a: BatchPart, b: BatchPart): number {
  return a.receivedAt < b.receivedAt ? -1 : 1;
}

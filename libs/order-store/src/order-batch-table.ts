import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { BatchRow, BatchTotals, RecordBatchCommand } from '#libs/order-requests';
import { putUnlessNewer, tableCall } from './table-call.ts';

export interface OrderBatch {
  /** Absent until the outcomes of all rows are stored. */
  totals?: BatchTotals;
  /** Sorted as in the batch. */
  rows: BatchRow[];
}

type BatchPart = Pick<RecordBatchCommand, 'batchId' | 'part' | 'rows' | 'totals' | 'receivedAt'>;

/** 30 days. DynamoDB deletes expired items some time later. */
const KEPT_SECONDS = 30 * 24 * 60 * 60;

/** The outcomes of batches, part by part. Methods reject with OrderError TABLE_UNAVAILABLE. */
export class OrderBatchTable {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.client = client;
    this.tableName = tableName;
  }

  /** When a batch was sent again, the last part by `receivedAt` stays; messages may come in any order, and twice. */
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

  /** Strongly consistent; undefined while no part is stored. */
  async find(batchId: string): Promise<OrderBatch | undefined> {
    const parts = await tableCall(() => this.partsOf(batchId));
    if (parts.length === 0) return undefined;
    const rows = parts.flatMap((part) => part.rows);
    const totals = latestTotals(parts);
    if (!totals) return { rows };
    // An earlier, longer batch with the same key may have left parts behind the last one.
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
        // A page of refused rows has up to 50 KB for each part; decoding it must not hold the event loop for long.
        Limit: 5,
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

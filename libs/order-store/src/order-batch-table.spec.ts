import { randomUUID } from 'node:crypto';
import { EmbeddedAws } from '../../../test/harness/embedded-aws.ts';
import { OrderBatchTable } from './order-batch-table.ts';
import { BATCH_PART_ROWS } from '#libs/order-requests';

const orderId = '0'.repeat(26);
const rowsOf = (part: number, count = BATCH_PART_ROWS) =>
  Array.from({ length: count }, (_, index) => ({ row: (part - 1) * BATCH_PART_ROWS + index + 1, orderId }));

describe('OrderBatchTable', () => {
  let aws: EmbeddedAws;
  let table: OrderBatchTable;

  beforeAll(async () => {
    aws = await EmbeddedAws.start();
    table = new OrderBatchTable(aws.dynamodb, aws.resources.orderBatchesTableName);
  });

  afterAll(() => aws.stop());

  it('is complete when no part is missing, in whatever order they come', async () => {
    const batchId = randomUUID();
    const receivedAt = '2026-01-01T00:00:00.000Z';
    expect(await table.find(batchId)).toBeUndefined();
    const totals = { accepted: 43, refused: 0 };
    await table.record({ batchId, part: 3, rows: rowsOf(3, 3), totals, receivedAt });
    await table.record({ batchId, part: 1, rows: rowsOf(1), receivedAt });
    expect(await table.find(batchId)).toEqual({ rows: [...rowsOf(1), ...rowsOf(3, 3)] });
    await table.record({ batchId, part: 2, rows: rowsOf(2), receivedAt });
    expect(await table.find(batchId)).toEqual({ rows: [...rowsOf(1), ...rowsOf(2), ...rowsOf(3, 3)], totals });
  });

  it('returns the latest batch with a key, even if it is shorter and an earlier one is recorded after it', async () => {
    const batchId = randomUUID();
    const [first, second] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z'] as const;
    await table.record({ batchId, part: 1, rows: rowsOf(1), receivedAt: first });
    const rows = [{ row: 1, problem: { status: 400 } }];
    const totals = { accepted: 0, refused: 1 };
    await table.record({ batchId, part: 1, rows, totals, receivedAt: second });
    await table.record({
      batchId,
      part: 2,
      rows: rowsOf(2, 1),
      totals: { accepted: 21, refused: 0 },
      receivedAt: first,
    });
    await table.record({ batchId, part: 1, rows: rowsOf(1), receivedAt: first });
    expect(await table.find(batchId)).toEqual({ rows, totals });
  });
});

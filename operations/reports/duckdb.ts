import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type DynamoDB, paginateScan } from '@aws-sdk/client-dynamodb';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { ordersTable } from '#libs/resources';
import type { Environment } from '../environment.ts';
import { saysNowAndThen } from '../terminal.ts';
import type { Cell, ReportEngine } from './engine.ts';

/** Functions of Athena that have other names in DuckDB. */
const ATHENA_FUNCTIONS = `
CREATE MACRO json_extract_scalar(document, path) AS json_extract_string(document, path);
CREATE MACRO from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMPTZ);
CREATE MACRO at_timezone(instant, zone) AS timezone(zone, instant);
CREATE MACRO date_format(instant, format) AS strftime(instant, format);`;

/** Copies the orders table of this machine into a temporary folder, as DynamoDB exports it, and opens it. */
export async function openLocalOrders(environment: Environment, signal: AbortSignal): Promise<ReportEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'orders-report-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const lines = exportLines(environment.dynamodb, environment.nameOf(ordersTable.name), signal);
    const file = createWriteStream(join(folder, 'orders.json.gz'));
    await environment.reached('the orders', pipeline(Readable.from(lines), createGzip({ level: 1 }), file, { signal }));
    const engine = await openExport(folder);
    return { ...engine, close: () => engine.close().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function* exportLines(client: DynamoDB, TableName: string, signal: AbortSignal) {
  let orders = 0;
  const sayProgress = saysNowAndThen();
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    signal.throwIfAborted();
    for (const Item of Items) yield `${JSON.stringify({ Item })}\n`;
    orders += Items.length;
    sayProgress(() => `  ${orders} orders read so far`);
  }
}

/** Opens the files of exports, wherever they are in the folder. */
export async function openExport(folder: string): Promise<ReportEngine> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  const files = join(folder, '**/*.json.gz').replaceAll("'", "''");
  await connection.run(`${ATHENA_FUNCTIONS}
    CREATE VIEW order_export AS SELECT json AS line FROM read_ndjson_objects('${files}')`);
  return {
    query: async (sql, signal) => {
      signal.throwIfAborted();
      let repeated: NodeJS.Timeout | undefined;
      // DuckDB forgets an interruption that comes before a query has started.
      const interrupt = () => {
        connection.interrupt();
        repeated = setTimeout(interrupt, 50);
      };
      signal.addEventListener('abort', interrupt);
      try {
        const reader = await connection.runAndReadAll(sql);
        return { columns: reader.columnNames(), rows: reader.getRows().map((row) => row.map(cellOf)) };
      } finally {
        signal.removeEventListener('abort', interrupt);
        clearTimeout(repeated);
      }
    },
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function cellOf(value: DuckDBValue): Cell {
  return value === null || typeof value === 'bigint' || typeof value === 'number' ? value : String(value);
}

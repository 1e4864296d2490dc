import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { CreateTableCommand, ScanCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { type Outcome, readOrderEvent } from '#libs/order-events';
import { EmbeddedAws } from '../../test/harness/embedded-aws.ts';
import {
  appliesEachOnceInOrder,
  endsAtTheLastVersion,
  type NotingService,
} from '../../libs/order-events/src/testing/consumer-properties.ts';
import { exampleBody } from '../testing/subscriber-run.ts';
import { DynamoDbStore } from './dynamodb-store.ts';
import { keepOrder } from './order-copy.ts';
import { CREATE_TABLE, type SqlClient, SqlStore } from './sql-store.ts';
import { SqlitePool } from './sqlite-pool.ts';
import { runs } from '../../test/harness/rounds.ts';

let aws: EmbeddedAws;
let tables = 0;

beforeAll(async () => {
  aws = await EmbeddedAws.start();
});
afterAll(() => aws.stop());

async function newTable(): Promise<string> {
  const TableName = `table-${(tables += 1)}`;
  const command = new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'orderId', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'orderId', AttributeType: 'S' }],
  });
  await aws.dynamodb.send(command);
  return TableName;
}

describe('DynamoDbStore', () => {
  async function newService(): Promise<NotingService<TransactWriteItem[]>> {
    const notes = await newTable();
    return {
      store: new DynamoDbStore(aws.dynamodb, await newTable()),
      note: (writes, orderId, version) => {
        writes.push({
          Update: {
            TableName: notes,
            Key: { orderId: { S: orderId } },
            UpdateExpression: 'SET versions = list_append(if_not_exists(versions, :none), :one)',
            ExpressionAttributeValues: { ':none': { L: [] }, ':one': { L: [{ N: String(version) }] } },
          },
        });
      },
      noted: async () => {
        const { Items = [] } = await aws.dynamodb.send(new ScanCommand({ TableName: notes }));
        return Object.fromEntries(
          Items.map((item) => unmarshall(item)).map(({ orderId, versions }) => [orderId, versions]),
        );
      },
    };
  }

  it('keeps to the contract of a ConsumerStore', async () => {
    await fc.assert(endsAtTheLastVersion(newService), runs(20, 10));
    await fc.assert(appliesEachOnceInOrder(newService), runs(20, 10));
  });
});

describe('keepOrder', () => {
  it('keeps the newest, whatever comes first', async () => {
    const table = await newTable();
    const received = [2, 1, 2, 3].map((version) => ({ ...readOrderEvent(exampleBody('shipped')), version }));
    const outcomes: Outcome[] = [];
    for (const one of received) outcomes.push(await keepOrder(aws.dynamodb, table, one));
    expect(outcomes).toEqual(['applied', 'skipped', 'skipped', 'applied']);
    const { Items = [] } = await aws.dynamodb.send(new ScanCommand({ TableName: table }));
    expect(Items.map((item) => unmarshall(item))).toMatchObject([{ version: 3, order: { status: 'SHIPPED' } }]);
  });
});

describe('SqlStore', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-events-'));
  let databases = 0;

  afterAll(() => rmSync(folder, { recursive: true }));

  /** A connection of its own, as `pg` gives it: SQLite has the same upsert. It answers "locked" where another waits. */
  function connect(file: string): SqlClient {
    const database = new DatabaseSync(file, { timeout: 0 });
    return {
      query: async (sql, values = []) => {
        await setImmediate();
        const { changes } = database.prepare(sql.replaceAll('$', '?')).run(...(values as string[]));
        return { command: sql, rowCount: Number(changes) };
      },
      release: () => database.close(),
    };
  }

  const NOTES = 'CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, order_id text, version integer)';
  const pools = {
    'a connection for each transaction': (file: string) => ({ connect: async () => connect(file) }),
    'one connection': (file: string) => new SqlitePool(file, NOTES),
  };

  async function newService(newPool: (typeof pools)[keyof typeof pools]): Promise<NotingService<SqlClient>> {
    const file = join(folder, `${(databases += 1)}.db`);
    const reader = new DatabaseSync(file);
    reader.exec(`${CREATE_TABLE}; ${NOTES}`);
    return {
      store: new SqlStore(newPool(file)),
      note: async (client, orderId, version) => {
        await client.query('INSERT INTO notes (order_id, version) VALUES ($1, $2)', [orderId, version]);
      },
      noted: async () => {
        const rows = reader.prepare('SELECT order_id AS "orderId", version FROM notes ORDER BY id').all();
        reader.close();
        const byOrder = Object.groupBy(rows, ({ orderId }) => String(orderId));
        return Object.fromEntries(
          Object.entries(byOrder).map(([orderId, of = []]) => [orderId, of.map(({ version }) => Number(version))]),
        );
      },
    };
  }

  it.each(Object.entries(pools))('keeps to the contract of a ConsumerStore with %s', async (_name, newPool) => {
    const newServiceOfPool = () => newService(newPool);
    await fc.assert(endsAtTheLastVersion(newServiceOfPool), runs(20, 10));
    await fc.assert(appliesEachOnceInOrder(newServiceOfPool), runs(20, 10));
  });

  it('rejects when the database answers COMMIT by rolling back', async () => {
    const client: SqlClient = {
      query: async (sql) => ({ command: sql === 'COMMIT' ? 'ROLLBACK' : sql, rowCount: 1 }),
      release: () => undefined,
    };
    const store = new SqlStore({ connect: async () => client });
    await expect(store.commitIfNewer('o', 1, () => undefined)).rejects.toThrow('expected a COMMIT of o:1');
  });
});

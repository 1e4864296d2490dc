import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { rootCertificates } from 'node:tls';
import { OrderTable, PaymentClaimTable } from '#libs/order-store';
import { importOrder, OrderIds, paymentClaimOf, type StoredOrder } from '#libs/orders';
import { aChange } from '../libs/orders/src/testing/change-factory.ts';
import { anImportedOrder, anOrderRequest } from '../libs/orders/src/testing/order-factory.ts';
import { changed } from '../libs/orders/src/testing/order-life.ts';
import { type LocalAws, startLocalAws } from '../local/aws/local-aws.ts';
import { defaultPorts } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { type Environment, openEnvironment } from './environment.ts';
import type { Counts } from './import/run-files.ts';
import { MariaDb, noMariaDb } from './testing/mariadb.ts';
import { runTool, startTool } from './testing/tool-run.ts';

const ORDERS = 1_200;
type Cells = Record<string, string | number | null>;
const mapping = `
table: orders
order: order_no
zone: Europe/Berlin
importedNumber: order_no
customerId: { concat: [{ value: cust- }, customer_id] }
channel: { value: RETAIL }
status: { lookup: state, in: { new: CONFIRMED, packing: IN_FULFILLMENT, sent: SHIPPED, arrived: DELIVERED, void: CANCELLED } }
currency: currency
placedAt: created_at
updatedAt: { first: [updated_at, created_at] }
discount: { first: [discount, { value: 0 }] }
shipping: shipping
tax: { value: 0 }
total: total
shippingAddress: &address
  name: { trim: { json: address, path: name } }
  line1: { json: address, path: street.0 }
  city: { split: { json: address, path: town }, by: ' ', part: 2 }
  postalCode: { split: { json: address, path: town }, by: ' ', part: 1 }
  country: { when: { json: address, path: land }, is: [D, Germany], then: { value: DE }, else: { json: address, path: land } }
billingAddress: *address
payment: { provider: { value: old-shop }, reference: order_no, amount: total }
shipment: { carrier: { value: DHL }, trackingNumber: order_no }
lineItems: { sku: sku, name: title, quantity: qty, unitPrice: price }
`;
const address = JSON.stringify({ name: ' Zoë Müller ', street: ['1 Main St'], town: '10115 Berlin', land: 'D' });
const SCHEMA = `CREATE TABLE orders (
  order_no VARCHAR(20) NOT NULL, line INT NOT NULL, customer_id BIGINT NOT NULL, state VARCHAR(10) NOT NULL,
  currency CHAR(3) NOT NULL, created_at DATETIME NOT NULL, updated_at DATETIME NULL, discount DECIMAL(12,4) NULL,
  shipping DECIMAL(12,4) NOT NULL, total DECIMAL(12,4) NOT NULL, address JSON NOT NULL, sku VARCHAR(40) NOT NULL,
  title VARCHAR(100) NOT NULL, qty INT NOT NULL, price DECIMAL(12,4) NOT NULL, PRIMARY KEY (order_no, line)
) CHARACTER SET utf8mb4`;

/** The rows of an order with two lines of 12.99 and 0.01 EUR. */
function rowsOf(number: number, changes: Partial<Cells> = {}): Cells[] {
  const created_at = `${2019 + (number % 3)}-0${1 + (number % 9)}-07 08:09:10`;
  const state = ['new', 'packing', 'sent', 'arrived', 'void'][number % 5]!;
  const head = {
    order_no: `A-${10_000 + number}`,
    customer_id: number,
    state,
    currency: 'EUR',
    created_at,
    updated_at: null,
  };
  const amounts = { discount: null, shipping: '4.9000', total: '17.9000', address };
  const lines = [
    { sku: 'S-1', title: 'Glass cleaner', qty: 1, price: '12.9900' },
    { sku: 'S-2', title: 'Cloth', qty: 1, price: '0.0100' },
  ];
  return lines.map((line, index) => ({ ...head, ...amounts, line: index + 1, ...line, ...changes }));
}

describe('npm run import', () => {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  const map = join(folder, 'map.yaml');
  let aws: LocalAws;
  let environment: Environment;
  let table: OrderTable;
  let claims: PaymentClaimTable;
  let env: Record<string, string>;

  beforeAll(async () => {
    const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
    env = { AWS_PORT: String(AWS_PORT), DYNAMODB_PORT: String(DYNAMODB_PORT), MYSQL_PWD: 'secret' };
    aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } });
    environment = openEnvironment(undefined, env);
    table = new OrderTable(environment.dynamodb, aws.resources.ordersTableName);
    claims = new PaymentClaimTable(environment.dynamodb, aws.resources.paymentClaimsTableName, table);
    writeFileSync(map, mapping);
  });

  beforeEach(async () => {
    const { ordersTableName, paymentClaimsTableName } = aws.resources;
    for (const [TableName, key] of [
      [ordersTableName, 'orderKey'],
      [paymentClaimsTableName, 'payment'],
    ] as const) {
      const { Items = [] } = await environment.dynamodb.scan({ TableName });
      await Promise.all(
        Items.map((item) => environment.dynamodb.deleteItem({ TableName, Key: { [key]: item[key]! } })),
      );
    }
  });

  afterAll(async () => {
    environment.destroy();
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  const find = (number: string) => table.find(OrderIds.keyOf(OrderIds.ofImported(number))) as Promise<StoredOrder>;
  const run = (source: string, ...args: string[]) => runTool('import.ts', env, source, '--map', map, ...args);
  const copy = async (source: string, name: string, ...args: string[]) => {
    const { code, out, err } = await run(
      source,
      '--folder',
      join(folder, name),
      '--why',
      'a test',
      '--rate',
      '5000',
      '--json',
      ...args,
    );
    if (!out) throw new Error(err);
    return {
      code,
      ...(JSON.parse(out) as {
        counts: Record<string, number>;
        conflicts: string[];
        reconciliation: Record<string, unknown>;
      }),
    };
  };

  function csvOf(name: string, rows: readonly Cells[]): string {
    const file = join(folder, name);
    const text = (value: string | number | null) =>
      value === null ? '\\N' : `"${String(value).replaceAll('"', '""')}"`;
    const lines = [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row).map(text))];
    writeFileSync(file, lines.map((line) => `${line.join(',')}\n`).join(''));
    return file;
  }

  it('lists each problem of a CSV file with some orders, and writes nothing', async () => {
    const rows = [
      rowsOf(1, { created_at: '0000-00-00 00:00:00' }),
      rowsOf(2, { created_at: '0000-00-00 00:00:00' }),
      rowsOf(3, { total: '1.999' }),
      rowsOf(4, { currency: 'XXY' }),
      rowsOf(5, { state: 'lost' }),
      rowsOf(6, { price: 'free' }),
      rowsOf(7),
      rowsOf(8, { total: '99.9900' }),
      rowsOf(7),
    ].flat();
    const file = csvOf('bad.csv', rows);
    writeFileSync(
      file,
      Buffer.concat([
        readFileSync(file),
        Buffer.from(
          readFileSync(file, 'latin1')
            .split('\n')[13]!
            .replaceAll('A-10007', 'A-10009')
            .replaceAll(/Zo.+?ller/g, 'Zo\xeb') + '\n',
          'latin1',
        ),
      ]),
    );
    const { code, out, err } = await run(file, '--dry-run', '--json');
    expect(err).toBe('');
    const { orders, rejected, problems, notes } = JSON.parse(out) as Record<
      string,
      Record<string, { orders: number; examples: string[] }>
    >;
    expect({ code, orders, rejected }).toEqual({ code: 1, orders: 10, rejected: 8 });
    expect(Object.entries(problems!).map(([text, one]) => [text, one.examples.join()])).toEqual([
      ['placedAt: is the date 0000-00-00', 'A-10001,A-10002'],
      ['updatedAt: is the date 0000-00-00', 'A-10001,A-10002'],
      ['total: has more than 2 decimals of EUR', 'A-10003'],
      ['payment.amount: has more than 2 decimals of EUR', 'A-10003'],
      ['currency: must be the code of a currency in use (ISO 4217), in capitals', 'A-10004'],
      ['status: has no entry for "lost"', 'A-10005'],
      ['lineItems.unitPrice: is not a decimal number', 'A-10006'],
      ['importedNumber: an earlier order has the same', 'A-10007'],
      ['a text has a character that was lost by an encoding', 'A-10009'],
    ]);
    expect(notes!['total: is not the sum of its parts']?.examples).toContain('A-10008');
    expect(await find('A-10007')).toBeUndefined();
    const other = csvOf('other.csv', [{ order_no: 'A-1' }]);
    expect(await run(other, '--dry-run')).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no column customer_id'),
    });
    expect((await runTool('import.ts', env, other, '--suggest')).out).toContain('importedNumber: order_no');
  });

  it('imports a CSV file, keeps rejected rows with the reason, and takes them corrected', async () => {
    const file = csvOf(
      'orders.csv',
      [rowsOf(20_001), rowsOf(20_002, { state: 'lost' }), rowsOf(20_003, { total: '1.0000' })].flat(),
    );
    const first = await copy(file, 'csv');
    expect(first).toMatchObject({
      code: 1,
      counts: { created: 2, rejected: 1 },
      reconciliation: { isEqual: false, rejected: 1 },
    });
    expect(await find('A-30003')).toMatchObject({
      total: 100,
      source: 'import',
      importedNumber: 'A-30003',
      version: 1,
    });
    const rejected = join(folder, 'csv', 'rejected.ndjson');
    const corrected = join(folder, 'corrected.ndjson');
    expect(readFileSync(rejected, 'utf8')).toContain('status: has no entry for \\"lost\\" (lost)');
    writeFileSync(corrected, readFileSync(rejected, 'utf8').replaceAll('"state":"lost"', '"state":"sent"'));
    const second = await copy(file, 'csv', '--rows', corrected);
    expect(second).toMatchObject({ code: 0, counts: { created: 1, unchanged: 2 }, reconciliation: { isEqual: true } });
    expect(await find('A-30002')).toMatchObject({
      status: 'SHIPPED',
      shippingAddress: { name: 'Zoë Müller', city: 'Berlin' },
    });
    // The shop changes one order after its correction, and deletes another.
    const later = csvOf('orders.csv', [rowsOf(20_001), rowsOf(20_002, { state: 'gone' })].flat());
    const third = await copy(later, 'csv', '--rows', corrected);
    expect(third).toMatchObject({ code: 1, counts: { unchanged: 1, rejected: 1 } });
    expect(third.reconciliation['extra']).toEqual(expect.arrayContaining(['A-30002', 'A-30003']));
  });

  it('claims the payment of each order, before it stores the order', async () => {
    const differences = async () => {
      const { code, out } = await runTool('reconcile.ts', env, '--from', '2019-01-01', '--json');
      return { code, lines: out.split('\n').filter((line) => line.includes('"difference"')) };
    };
    /** The claim on a payment of the old shop, and the order that has it. */
    const holderOf = async (reference: string) => {
      const order = importOrder(payingWith(reference), 1, false);
      return (await claims.find(paymentClaimOf(order)))?.orderId;
    };
    const payingWith = (reference: string, importedNumber = reference) =>
      anImportedOrder({ importedNumber, payment: { ...anOrderRequest().payment, provider: 'old-shop', reference } });
    // A kill left a claim without its order; another order has the payment of the second.
    await claims.claim(importOrder(payingWith('A-40001'), 1, false));
    const other = importOrder(payingWith('A-40002', 'other'), 1, false);
    await claims.claim(other);
    await table.create({ ...other, source: undefined as never });
    const rows = (changes = {}) =>
      [rowsOf(30_001), rowsOf(30_002), rowsOf(30_003, changes), rowsOf(30_004, { total: '1.0000' })].flat();
    const first = await copy(csvOf('paid.csv', rows()), 'paid');
    expect(first).toMatchObject({ code: 1, counts: { created: 3, rejected: 1 }, reconciliation: { rejected: 0 } });
    expect(first.reconciliation['missing']).toEqual(['A-40002']);
    expect(readFileSync(join(folder, 'paid', 'rejected.ndjson'), 'utf8')).toContain(
      `payment: another order has claimed it (${other.orderId})`,
    );
    const numbers = ['A-40001', 'A-40002', 'A-40003', 'A-40004'];
    const idOf = (number: string) => OrderIds.ofImported(number);
    expect(await Promise.all(numbers.map(holderOf))).toEqual([
      idOf('A-40001'),
      other.orderId,
      idOf('A-40003'),
      idOf('A-40004'),
    ]);
    expect(await differences()).toEqual({ code: 0, lines: [] });

    // An order that pays with something else gives its payment back; two orders cannot have one.
    writeFileSync(map, mapping.replace('reference: order_no', 'reference: { concat: [customer_id, { value: -new }] }'));
    const file = csvOf('paid.csv', rows({ customer_id: 30_001 }));
    const second = await copy(file, 'paid');
    writeFileSync(map, mapping);
    expect(second).toMatchObject({ code: 1, counts: { created: 1, updated: 2, rejected: 1 } });
    expect(readFileSync(join(folder, 'paid', 'rejected.ndjson'), 'utf8')).toContain(
      'payment: an earlier order has the same (30001-new)',
    );
    expect(await holderOf('30001-new')).toBe(idOf('A-40001'));
    expect(await claims.claim(importOrder(payingWith('A-40001', 'next'), 1, false))).toBe('OWN');
  });

  const rehearse = noMariaDb === undefined ? it : it.skip;
  if (noMariaDb !== undefined) process.stderr.write(`the rehearsal of npm run import is skipped: ${noMariaDb}\n`);

  rehearse(
    'moves a MariaDB table that is written to, through kill -9 and passes, until both sides are equal',
    async () => {
      const shop = await MariaDb.start();
      try {
        await shop.admin.query(SCHEMA);
        const insert = (rows: readonly Cells[]) =>
          shop.admin.query('INSERT INTO orders VALUES ?', [rows.map((row) => Object.values(ordered(row)))]);
        await insert(Array.from({ length: ORDERS }, (_, number) => rowsOf(number)).flat());
        const source = `mysql://reader@127.0.0.1:${shop.port}/shop`;
        const writer = `mysql://writer@127.0.0.1:${shop.port}/shop`;
        await shop.admin.query(
          "CREATE USER writer@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT SELECT, UPDATE ON shop.* TO writer@'127.0.0.1'",
        );
        expect((await run(writer, '--explain')).err).toContain('the user may do more than read');
        expect((await run(source, '--explain')).out).toContain('ORDER BY `order_no`, `line` LIMIT');

        // A user who needs TLS, with a server's certificate that only the server's own authority signed.
        await shop.admin.query("ALTER USER reader@'127.0.0.1' REQUIRE SSL");
        const secure = [source.replace('127.0.0.1', 'localhost'), '--explain'] as const;
        expect((await run(...secure)).err).toContain('cannot connect to localhost: Access denied');
        expect((await run(...secure, '--ca', shop.ca)).out).toContain('ORDER BY');
        const stranger = join(folder, 'stranger.pem');
        writeFileSync(stranger, rootCertificates[0]!);
        expect((await run(...secure, '--ca', stranger)).err).toContain('certificate');
        await shop.admin.query("ALTER USER reader@'127.0.0.1' REQUIRE NONE");

        // Copy, killed after some batches, while the shop sells.
        const args = [source, '--map', map, '--folder', join(folder, 'shop'), '--why', 'a test', '--rate', '400'];
        const killed = startTool('import.ts', env, args);
        await waitFor(async () => (await find('A-10400')) !== undefined);
        killed.kill('SIGKILL');
        await once(killed, 'exit');
        const memory = new DatabaseSync(join(folder, 'shop', 'pass.sqlite'));
        const { document } = memory.prepare('SELECT document FROM checkpoint').get()!;
        memory.close();
        expect((JSON.parse(String(document)) as { counts: Counts }).counts.orders).toBeGreaterThan(0);
        await insert(rowsOf(ORDERS));
        await shop.admin.query(
          "UPDATE orders SET state = 'sent', updated_at = '2022-01-01 00:00:00' WHERE order_no = 'A-10000'",
        );
        const first = await copy(source, 'shop');
        expect(first).toMatchObject({
          code: 1,
          counts: { orders: ORDERS + 1 },
          reconciliation: { different: ['A-10000'], missing: [] },
        });

        // Follow changes: one in each of the two, one of which was changed here as well.
        const changedHere = await find('A-10010');
        await table.change(changedHere, changed(changedHere, aChange(changedHere, 'cancelOrder', { reason: 'twice' })));
        await shop.admin.query("UPDATE orders SET shipping = 5, total = 18 WHERE order_no = 'A-10010'");
        const second = await copy(source, 'shop');
        expect(second).toMatchObject({
          code: 1,
          counts: { updated: 1, conflicts: 1, created: 0 },
          conflicts: ['A-10010'],
        });
        expect(await find('A-10000')).toMatchObject({
          version: 2,
          status: 'SHIPPED',
          history: [{ version: 2, at: '2021-12-31T23:00:00.000Z' }],
        });

        // The shop takes its change back; the last pass writes nothing, and both sides are equal.
        await shop.admin.query("UPDATE orders SET shipping = 4.9, total = 17.9 WHERE order_no = 'A-10010'");
        const last = await copy(source, 'shop');
        expect(last).toMatchObject({
          code: 0,
          counts: { created: 0, updated: 0, conflicts: 0, unchanged: ORDERS + 1 },
        });
        expect(last.reconciliation['isEqual']).toBe(true);
        const kept = JSON.parse(readFileSync(join(folder, 'shop', 'reconciliation.json'), 'utf8')) as {
          rows: { source: { orders: number } }[];
        };
        expect(kept.rows.reduce((sum, row) => sum + row.source.orders, 0)).toBe(ORDERS + 1);

        // One cent is a difference.
        const order = await find('A-10011');
        await table.change(order, { ...order, total: order.total + 1 });
        const { code, out } = await run(source, '--reconcile', '--folder', join(folder, 'shop'));
        expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('different in the table: A-10011') });
      } finally {
        await shop.stop();
      }
    },
  );
});

function ordered(row: Cells): Cells {
  const columns = [...SCHEMA.matchAll(/[ (,\n]([a-z_]+) (?:VARCHAR|INT|BIGINT|CHAR|DATETIME|DECIMAL|JSON)/g)].map(
    ([, name]) => name!,
  );
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

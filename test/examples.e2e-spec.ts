import { DatabaseSync } from 'node:sqlite';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { StoredOrder } from '#libs/orders';
import { moneyOf } from '../local/event-line.ts';
import { Examples } from '../local/examples.ts';
import { LocalPipeline } from '../local/local-pipeline.ts';
import { reconciled } from '../local/reconciliation.ts';
import { LogLines } from './harness/log-lines.ts';
import { scanTable } from './harness/scan-table.ts';

const ORDERS = 20;
/** Each order is confirmed, packed, shipped in two parcels, and delivered in two. */
const VERSIONS = 6;
const KILLED = ['fulfillment', 'inventory', 'accounting'] as const;

describe('the examples', () => {
  const logs = new LogLines();
  let pipeline: LocalPipeline;
  let examples: Examples;

  beforeAll(async () => {
    pipeline = await LocalPipeline.start({ write: logs.write, env: { LOG_LEVEL: 'info' } });
    const { sqs } = pipeline.clients;
    // What a killed process had received comes back soon.
    for (const QueueUrl of Object.values(pipeline.aws.resources.consumerQueueUrls)) {
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '5' } }));
    }
    examples = new Examples(pipeline, logs.write, { ORDERS: String(ORDERS) });
  });

  afterAll(async () => {
    await examples?.stop();
    await pipeline?.stop();
  });

  const ordersWith = (event: string, service: string, version?: number) => {
    const lines = logs.lines.filter((line) => line.event === event && line.service === service);
    return new Set(lines.filter((line) => line['version'] === version).map(({ orderId }) => orderId)).size;
  };

  function rows(name: string, sql: string) {
    const database = new DatabaseSync(`${examples.folder}/${name}.db`, { readOnly: true });
    const found = database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
    database.close();
    return found;
  }

  it('lead every order to its delivery, whichever of them is killed meanwhile', async () => {
    await logs.find('the first shipment', (line) => line['command'] === 'createShipment');
    for (const name of KILLED) {
      const from = logs.lines.length;
      process.kill(examples.pidOf(name)!, 'SIGKILL');
      const isStarted = ({ event, service }: { event: string; service: string }) =>
        event === 'service_started' && service === name;
      await logs.find(`${name} starts again`, isStarted, { from });
    }
    await logs.find('all deliveries', () => ordersWith('order_delivered', 'customer') === ORDERS);
    for (const service of ['inventory', 'accounting']) {
      const isUpToDate = () =>
        ordersWith('event_applied', service, VERSIONS) + ordersWith('event_skipped', service, VERSIONS) >= ORDERS;
      await logs.find(`${service} has all events`, isUpToDate);
    }
  });

  it('have each cancellation refused after the goods have left', async () => {
    expect(ordersWith('cancellation_refused', 'customer')).toBe(ORDERS);
    const refusal = logs.lines.find(({ event }) => event === 'cancellation_refused');
    expect(refusal?.['reason']).toMatch(/^cancelOrder is not possible for an order that is (SHIPPED|DELIVERED)$/);
  });

  it('end with a stock, a journal and a table that are equal', async () => {
    const orders = await scanTable<StoredOrder>(pipeline.clients.dynamodb, 'orders');
    expect(orders).toHaveLength(ORDERS);
    expect(new Set(orders.map(({ status, version }) => `${status} ${version}`))).toEqual(new Set(['DELIVERED 6']));
    // Nothing was shipped twice.
    expect(orders.flatMap(({ shipments }) => shipments)).toHaveLength(2 * ORDERS);

    expect(
      rows('inventory', 'SELECT sku, sum(needed) AS needed, sum(gone) AS gone FROM ordered_goods GROUP BY sku'),
    ).toEqual([
      { sku: 'CLN-BRUSH', needed: 0, gone: ORDERS },
      { sku: 'CLN-GLASS-750', needed: 0, gone: 2 * ORDERS },
    ]);

    const total = orders.reduce((sum, order) => sum + order.total, 0);
    const ledger = "SELECT debit, credit, balance FROM ledger WHERE account = 'receivables'";
    expect(rows('accounting', ledger)).toEqual([{ debit: total, credit: 0, balance: total }]);
    expect(rows('accounting', 'SELECT sum(debit) - sum(credit) AS difference FROM postings')).toEqual([
      { difference: 0 },
    ]);
    const { good, lines } = await reconciled(pipeline.aws);
    expect({ good, books: lines.at(-1) }).toEqual({
      good: true,
      books: `${moneyOf(total, 'EUR')} invoiced, ${moneyOf(0, 'EUR')} credited`,
    });
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyIfNewer, InMemoryStore, readOrderEvent } from '#libs/order-events';
import { OrderIds } from '#libs/orders';
import { eventChecker } from '../../libs/orders/src/testing/event-checker.ts';
import { runTool } from '../../operations/testing/tool-run.ts';
import { type Pipeline, SERVICES } from '../harness/pipeline.ts';

const HEAD = 'id,customer,status,total';
const mapping = `
importedNumber: id
customerId: customer
channel: { value: RETAIL }
status: status
currency: { value: EUR }
placedAt: { value: 2019-05-06T07:08:09Z }
updatedAt: { value: 2019-05-07T08:09:10Z }
discount: { value: 0 }
shipping: { value: 0 }
tax: { value: 0 }
total: total
shippingAddress: &address
  { name: { value: Ada }, line1: { value: 1 Main St }, city: { value: Berlin }, postalCode: { value: 10115 }, country: { value: DE } }
billingAddress: *address
payment: { provider: { value: old-shop }, reference: customer, amount: total }
shipment: { carrier: { value: DHL }, trackingNumber: customer }
lineItems: { sku: { value: CLN-1 }, name: { value: Soap }, quantity: { value: 1 }, unitPrice: total }
`;

export function importTests(running: () => Pipeline): void {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  const [source, map] = [join(folder, 'orders.csv'), join(folder, 'map.yaml')];
  let pipeline: Pipeline;

  beforeAll(() => {
    pipeline = running();
    writeFileSync(map, mapping);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  /** Imports rows of a shop of its own. */
  async function importRows(rows: readonly (readonly string[])[], ...args: string[]): Promise<void> {
    const ports = Object.fromEntries(Object.entries(pipeline.ports).map(([name, port]) => [name, String(port)]));
    writeFileSync(source, [HEAD, ...rows.map((row) => row.join())].map((line) => `${line}\n`).join(''));
    const options = ['--map', map, '--folder', folder, '--why', 'a test', ...args];
    // Other imports in the table are differences of the reconciliation, which the exit code shows.
    expect((await runTool('import.ts', ports, source, ...options)).out).toContain(' 0 rejected');
  }

  it('finds an imported order by its old number, and publishes only what happens to it here', async () => {
    const [importedNumber, sub] = [`old ${randomUUID()}`, `old-${randomUUID()}`];
    await importRows([[importedNumber, sub, 'SHIPPED', '12.99']]);
    const orderId = OrderIds.ofImported(importedNumber);
    const [operator, fulfillment, token] = await Promise.all([
      pipeline.token('op-1', 'operator'),
      pipeline.token('warehouse', 'fulfillment'),
      pipeline.token(sub),
    ]);
    const row = { orderId, importedNumber, customerId: sub, status: 'SHIPPED' };
    const list = `/v1/orders?importedNumber=${encodeURIComponent(importedNumber)}`;
    expect(await pipeline.request(list, operator)).toMatchObject({ status: 200, body: { data: [row] } });
    const own = { status: 200, body: { source: 'import', importedNumber, placedAt: '2019-05-06T07:08:09.000Z' } };
    expect(await pipeline.request(`/v1/orders/${orderId}`, token)).toMatchObject(own);
    const { body } = await pipeline.request<{ data: object[] }>(`/v1/orders/${orderId}/history`, token);
    expect(body.data).toMatchObject([{ version: 1, event: 'imported', at: '2019-05-07T08:09:10.000Z' }]);
    await pipeline.changed(fulfillment, orderId, 'shipments/1/delivery');
    const events = await pipeline.inboxes.inventory.waitForEvents(orderId, 1);
    expect(events.map(({ sequence }) => Number(sequence))).toEqual([2]);
  });

  it('publishes with --publish each version of an imported order once and in order, which subscribers accept', async () => {
    const numbers = Array.from({ length: 30 }, () => `old-${randomUUID()}`);
    const rows = (status: string) => numbers.map((number) => [number, `sub-${number}`, status, '12.99']);
    await importRows(rows('CONFIRMED'), '--publish');
    await importRows(rows('IN_FULFILLMENT'), '--publish');
    await importRows(rows('IN_FULFILLMENT'), '--publish');
    const fulfillment = await pipeline.token('warehouse', 'fulfillment');
    const ids = numbers.map((number) => OrderIds.ofImported(number));
    const parcel = { carrier: 'DHL', trackingNumber: 'JD0146', items: [{ lineNumber: 1, quantity: 1 }] };
    await Promise.all(ids.map((orderId) => pipeline.changed(fulfillment, orderId, 'shipments', parcel)));

    const check = eventChecker();
    for (const orderId of ids) {
      for (const service of SERVICES) {
        const events = await pipeline.inboxes[service].waitForEvents(orderId, 3);
        expect(events.map(({ type }) => type.split('.').at(-2))).toEqual(['imported', 'imported', 'shipped']);
        expect(events.map(({ data }) => data.order.version)).toEqual([1, 2, 3]);
        expect(events.flatMap((event) => check.errorsOf(event))).toEqual([]);
        const store = new InMemoryStore(undefined);
        for (const event of events)
          expect(await applyIfNewer(readOrderEvent(JSON.stringify(event)), store, () => {})).toBe('applied');
      }
    }
  });
}

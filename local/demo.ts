// npm run demo: shows the lives of three orders, from station to station, in a pipeline of its own.
import { aFreshOrder } from '#libs/orders';
import { APPROVAL_LIMIT, DemoPipeline } from './demo/demo-pipeline.ts';
import { Story } from './demo/story.ts';
import { readArguments } from './arguments.ts';
import { moneyOf } from './event-line.ts';

const WHOLESALE_ORDER = {
  ...aFreshOrder(),
  channel: 'WHOLESALE',
  purchaseOrderNumber: 'PO-2041',
  lineItems: [{ sku: 'CLN-GLASS-750', name: 'Glass cleaner 750 ml', quantity: 200, unitPrice: 649 }],
  discount: 5_000,
  shipping: 4_900,
  tax: 24_681,
  total: 154_381,
  payment: { ...aFreshOrder().payment, amount: 154_381 },
};

const parcel = (trackingNumber: string) => ({
  carrier: 'DHL',
  trackingNumber,
  items: [{ lineNumber: 1, quantity: 1 }],
});

async function retail(pipeline: DemoPipeline, story: Story): Promise<void> {
  const customer = await pipeline.actor('ada', 'retail');
  const warehouse = await pipeline.actor('warehouse', 'fulfillment');
  const operator = await pipeline.actor('otto', 'operator');
  const books = await pipeline.actor('books', 'accounting');
  story.chapter('An order of two bottles: shipped in two parts, and one of them sent back');
  const order = aFreshOrder();
  const { orderId } = await story.place(customer, 'orders two bottles and waits for the decision', order);
  await story.change(warehouse, 'starts to pack', orderId, 'fulfillment');
  await story.refused(customer, 'tries to cancel, too late', orderId, 'cancellation', { reason: 'ordered twice' });
  await story.change(warehouse, 'ships one bottle', orderId, 'shipments', parcel('JD-1'));
  await story.change(warehouse, 'ships the other', orderId, 'shipments', parcel('JD-2'));
  await story.refused(warehouse, 'tries to ship a third', orderId, 'shipments', parcel('JD-3'));
  await story.change(warehouse, 'has delivered the first parcel', orderId, 'shipments/1/delivery');
  await story.change(warehouse, 'has delivered the second', orderId, 'shipments/2/delivery');
  const goods = { items: [{ lineNumber: 1, quantity: 1 }], reason: 'the cap leaks' };
  await story.change(customer, 'asks to send one back', orderId, 'returns', goods);
  await story.change(operator, 'agrees', orderId, 'returns/1/approval');
  await story.change(warehouse, 'receives it', orderId, 'returns/1/receipt');
  await story.change(books, 'closes the return with a credit note', orderId, 'returns/1/closure');

  const invoice = await story.read(customer, 'reads the invoice', `/v1/orders/${orderId}/invoice`);
  printDocument(story, invoice);
  const note = await story.read(customer, 'reads the credit note', `/v1/orders/${orderId}/credit-notes/1`);
  printDocument(story, note);
  const path = `/v1/orders/${orderId}/credit-notes/1`;
  const { bytes } = await story.read(customer, 'prints it', path, 'application/pdf');
  story.station('api', `a PDF of ${String(bytes)} bytes`);
  const history = await story.read(customer, 'reads the history', `/v1/orders/${orderId}/history`);
  for (const { version, event, by } of history['data'] as { version: number; event: string; by: string }[]) {
    story.station(`version ${version}`, `${event}, by ${by}`);
  }
}

async function soldOut(pipeline: DemoPipeline, story: Story): Promise<void> {
  const customer = await pipeline.actor('ada', 'retail');
  const warehouse = await pipeline.actor('warehouse', 'fulfillment');
  const operator = await pipeline.actor('otto', 'operator');
  story.chapter('An order of two bottles, of which the shop has only one left');
  const { orderId } = await story.place(customer, 'orders two bottles', aFreshOrder());
  await story.change(warehouse, 'starts to pack', orderId, 'fulfillment');
  await story.change(warehouse, 'ships one bottle', orderId, 'shipments', parcel('JD-4'));
  await story.change(operator, 'cancels the rest', orderId, 'cancellation', { reason: 'sold out' });
  const note = await story.read(customer, 'reads the credit note', `/v1/orders/${orderId}/credit-notes/1`);
  printDocument(story, note);
  await story.change(warehouse, 'has delivered the parcel', orderId, 'shipments/1/delivery');
}

async function wholesale(pipeline: DemoPipeline, story: Story): Promise<void> {
  const buyer = await pipeline.actor('shop-1', 'wholesale');
  const operator = await pipeline.actor('otto', 'operator');
  story.chapter(
    `An order of two hundred bottles, which an operator has to approve: the demo lowers the limit to ${moneyOf(APPROVAL_LIMIT, 'EUR')}`,
  );
  const { orderId } = await story.place(buyer, 'orders two hundred bottles', WHOLESALE_ORDER);
  await story.refused(buyer, 'tries to approve it', orderId, 'approval');
  const queue = await story.read(
    operator,
    'lists the orders that await approval',
    '/v1/orders?status=AWAITING_APPROVAL',
  );
  for (const { status, total, currency } of queue['data'] as { status: string; total: number; currency: string }[]) {
    story.station('api', `${status}, ${moneyOf(total, currency)}`);
  }
  await story.change(operator, 'approves', orderId, 'approval');
}

function printDocument(story: Story, document: Record<string, unknown>): void {
  const { number, currency, ...amounts } = document as { number: string; currency: string } & Record<string, number>;
  story.station('api', number);
  for (const name of ['goods', 'discount', 'shipping', 'tax', 'total']) {
    const amount = amounts[name];
    if (amount) story.station('', `${name.padEnd(10)}${moneyOf(amount, currency).padStart(14)}`);
  }
}

readArguments('usage: npm run demo', {});
console.log('Starting the whole pipeline: emulators, api, worker, stream-relay …');
const pipeline = await DemoPipeline.start();
try {
  const story = new Story(pipeline);
  await retail(pipeline, story);
  await soldOut(pipeline, story);
  await wholesale(pipeline, story);
  story.chapter('npm run reconcile: orders, payment claims, documents and events, to the cent');
  const { good, lines } = await pipeline.reconciled();
  for (const line of lines) story.station('', line);
  if (!good) throw new Error('expected no differences');
  console.log(
    '\nEvery change above was one command, one version of the order and one event in the queue of each subscriber.',
  );
} finally {
  await pipeline.stop();
}
process.exit(0);

import type { ChangeOrderCommand, OrderRequest } from '#libs/order-requests';
import { decideChange } from '../decide-change.ts';
import type { StoredOrder } from '../order.ts';
import { importOrder } from '../import-order.ts';
import { placeOrder } from '../place-order.ts';
import { aChange } from './change-factory.ts';
import { anImportedOrder, aPlaceOrderCommand, anOrderRequest, aWholesaleRequest, shopRules } from './order-factory.ts';

/** One change of an order: before and after. */
export interface OrderStep {
  before: StoredOrder | undefined;
  after: StoredOrder;
}

const NOW = '2026-01-02T03:04:06.000Z';
const rules = shopRules(1_000);

/** The order after a command; throws unless the command changes it. */
export function changed(order: StoredOrder, command: ChangeOrderCommand): StoredOrder {
  const decision = decideChange(order, command, rules, NOW);
  if (decision.outcome !== 'CHANGED') throw new Error(`expected a change, got ${JSON.stringify(decision)}`);
  return decision.order;
}

/** The steps of six orders that together have every event. */
export function everyStep(): OrderStep[] {
  return [soldAndReturned(), declinedReturn(), restCancelled(), rejected(), cancelled(), imported()].flatMap(
    ({ steps }) => steps,
  );
}

class Life {
  readonly steps: OrderStep[];

  constructor(request: OrderRequest) {
    this.steps = [{ before: undefined, after: placeOrder(aPlaceOrderCommand({ request }), rules, NOW) }];
  }

  get order(): StoredOrder {
    return this.steps.at(-1)!.after;
  }

  next(command: (order: StoredOrder) => ChangeOrderCommand): this {
    const before = this.order;
    this.steps.push({ before, after: changed(before, command(before)) });
    return this;
  }
}

const parcel = (quantity: number) => ({
  carrier: 'DHL',
  trackingNumber: 'JD0146',
  items: [{ lineNumber: 1, quantity }],
});

function soldAndReturned(): Life {
  return new Life(anOrderRequest())
    .next((order) => aChange(order, 'startFulfillment', {}))
    .next((order) => aChange(order, 'createShipment', parcel(1)))
    .next((order) => aChange(order, 'deliverShipment', {}, { shipmentId: '1' }))
    .next((order) => aChange(order, 'createShipment', parcel(1)))
    .next((order) => aChange(order, 'deliverShipment', {}, { shipmentId: '2' }))
    .next((order) => aChange(order, 'requestReturn', { items: [{ lineNumber: 1, quantity: 1 }], reason: 'leaks' }))
    .next((order) => aChange(order, 'approveReturn', {}, { returnId: '1' }))
    .next((order) => aChange(order, 'receiveReturn', {}, { returnId: '1' }))
    .next((order) => aChange(order, 'closeReturn', {}, { returnId: '1' }));
}

function declinedReturn(): Life {
  return new Life(anOrderRequest())
    .next((order) => aChange(order, 'startFulfillment', {}))
    .next((order) => aChange(order, 'createShipment', parcel(2)))
    .next((order) => aChange(order, 'requestReturn', { items: [{ lineNumber: 1, quantity: 2 }], reason: 'leaks' }))
    .next((order) => aChange(order, 'declineReturn', { reason: 'opened' }, { returnId: '1' }));
}

function restCancelled(): Life {
  return new Life(anOrderRequest())
    .next((order) => aChange(order, 'startFulfillment', {}))
    .next((order) => aChange(order, 'createShipment', parcel(1)))
    .next((order) => aChange(order, 'cancelOrder', { reason: 'sold out' }));
}

function rejected(): Life {
  return new Life(aWholesaleRequest(1_000)).next((order) => aChange(order, 'rejectOrder', { reason: 'no credit' }));
}

function cancelled(): Life {
  return new Life(aWholesaleRequest(1_000))
    .next((order) => aChange(order, 'approveOrder', {}))
    .next((order) => aChange(order, 'cancelOrder', { reason: 'ordered twice' }));
}

function imported(): Pick<Life, 'steps'> {
  return { steps: [{ before: undefined, after: importOrder(anImportedOrder(), 1, true) }] };
}

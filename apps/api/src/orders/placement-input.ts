import { checkOrderRequest, type OrderRequest } from '#libs/order-requests';
import type { Caller } from '#libs/orders';
import { invalidRequest } from '../http/problem.ts';
import { readIdempotencyKey } from '../http/request-headers.ts';
import { mustBeAllowed } from './order-reading.ts';

/** A request to place an order, checked. */
export interface PlacementInput {
  idempotencyKey: string;
  order: OrderRequest;
}

/** @throws Problem `invalid-request` with every fault of header and body. */
export function checkPlacementInput(keyHeader: string | string[] | undefined, body: unknown): PlacementInput {
  const read = readIdempotencyKey(keyHeader);
  const checked = checkOrderRequest(body);
  if ('key' in read && 'value' in checked) return { idempotencyKey: read.key, order: checked.value };
  const faults = 'faults' in checked ? checked.faults : [];
  throw invalidRequest('fault' in read ? [read.fault, ...faults] : faults);
}

/** @throws Problem `forbidden` */
export function mustBeAllowedToPlace(caller: Caller, { channel }: OrderRequest): void {
  mustBeAllowed(caller, channel === 'WHOLESALE' ? 'placeWholesaleOrder' : 'placeRetailOrder');
}

import { asciiJson } from '#libs/orders';
import { checkShape, type Checked, type Fault } from './validation.ts';
import { OrderRequest } from './order-request.ts';

/**
 * Of a request as ASCII JSON, in which any character takes at most 12 bytes: its event adds under 2 KB and so stays under
 * the 256 KB that SNS takes.
 */
export const MAX_REQUEST_BYTES = 200_000;

/** Checks shape and bounds, then what must hold between fields: the sums and the purchase order number. */
export function checkOrderRequest(document: unknown): Checked<OrderRequest> {
  const shape = checkShape(OrderRequest, document);
  if ('faults' in shape) return shape;
  const faults = orderRuleFaults(shape.value);
  return faults.length === 0 ? shape : { faults };
}

/** What does not hold between the fields of a request whose shape was checked. */
export function orderRuleFaults(request: OrderRequest): Fault[] {
  const { total, payment, channel, purchaseOrderNumber } = request;
  const sum = totalOf(request);
  const faults: Fault[] = [];
  const bytes = asciiJson(request).length;
  if (bytes > MAX_REQUEST_BYTES) {
    faults.push({ pointer: '', detail: `must be at most ${MAX_REQUEST_BYTES} bytes as ASCII JSON, not ${bytes}` });
  }
  if (total !== sum) {
    faults.push({ pointer: '/total', detail: `must be the sum of the line items − discount + shipping + tax, ${sum}` });
  }
  if (payment.amount !== total) {
    faults.push({ pointer: '/payment/amount', detail: `must be the order's total, ${total}` });
  }
  if (channel === 'WHOLESALE' && purchaseOrderNumber === undefined) {
    faults.push({ pointer: '/purchaseOrderNumber', detail: 'is required for a WHOLESALE order' });
  }
  if (channel === 'RETAIL' && purchaseOrderNumber !== undefined) {
    faults.push({ pointer: '/purchaseOrderNumber', detail: 'is for WHOLESALE orders only' });
  }
  return faults;
}

function totalOf({ lineItems, discount, shipping, tax }: OrderRequest): number {
  const goods = lineItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  return goods - discount + shipping + tax;
}

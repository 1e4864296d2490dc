import { asciiJson } from '#libs/orders';
import { checkShape, type Checked, type ValidationError } from './validation.ts';
import { type OrderRequest, OrderSubmission } from './order-request.ts';

/**
 * The limit of a request as ASCII JSON. Its event adds less than 2 KB and so stays well under the 256 KB of SNS, with room
 * for later changes.
 */
export const MAX_REQUEST_BYTES = 200_000;

/** A submission in its parts: only `request` is stored, and only its content counts in a repetition. */
export interface SubmittedOrder {
  customerId: string | undefined;
  quote: string | undefined;
  request: OrderRequest;
}

/** Checks shape and bounds, then the rules between fields: the sums and the purchase order number. */
export function checkOrderRequest(document: unknown): Checked<SubmittedOrder> {
  const shape = checkShape(OrderSubmission, document);
  if ('errors' in shape) return shape;
  const { customerId, quote, ...request } = shape.value;
  const errors = orderRuleErrors(request);
  return errors.length === 0 ? { value: { customerId, quote, request } } : { errors };
}

/** Checks the rules between the fields of a request whose shape is valid. */
export function orderRuleErrors(request: OrderRequest): ValidationError[] {
  const { total, payment, channel, purchaseOrderNumber } = request;
  const sum = totalOf(request);
  const errors: ValidationError[] = [];
  const bytes = asciiJson(request).length;
  if (bytes > MAX_REQUEST_BYTES) {
    errors.push({ pointer: '', detail: `must be at most ${MAX_REQUEST_BYTES} bytes as ASCII JSON, not ${bytes}` });
  }
  if (total !== sum) {
    errors.push({ pointer: '/total', detail: `must be the sum of the line items − discount + shipping + tax, ${sum}` });
  }
  if (payment.amount !== total) {
    errors.push({ pointer: '/payment/amount', detail: `must be the order's total, ${total}` });
  }
  if (channel === 'WHOLESALE' && purchaseOrderNumber === undefined) {
    errors.push({ pointer: '/purchaseOrderNumber', detail: 'is required for a WHOLESALE order' });
  }
  if (channel === 'RETAIL' && purchaseOrderNumber !== undefined) {
    errors.push({ pointer: '/purchaseOrderNumber', detail: 'is for WHOLESALE orders only' });
  }
  return errors;
}

function totalOf({ lineItems, discount, shipping, tax }: OrderRequest): number {
  const goods = lineItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  return goods - discount + shipping + tax;
}

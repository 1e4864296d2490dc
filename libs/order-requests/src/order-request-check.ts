import { formatAddress } from 'localized-address-format';
import { asciiJson } from '#libs/orders';
import { checkShape, type Checked, type ValidationError } from './validation.ts';
import { OrderRequest } from './order-request.ts';

/**
 * The limit of a request as ASCII JSON. Its event adds less than 2 KB and so stays well under the 256 KB of SNS, with room
 * for later changes.
 */
export const MAX_REQUEST_BYTES = 200_000;

/** Checks shape and bounds, then the rules between fields: the sums and the purchase order number. */
export function checkOrderRequest(document: unknown): Checked<OrderRequest> {
  const shape = checkShape(OrderRequest, document);
  if ('errors' in shape) return shape;
  const errors = orderRuleErrors(shape.value);
  return errors.length === 0 ? shape : { errors };
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
  for (const field of ['shippingAddress', 'billingAddress'] as const) {
    const { postalCode, country } = request[field];
    if (postalCode === undefined && hasPostalCodes(country))
      errors.push({ pointer: `/${field}/postalCode`, detail: `is missing: addresses in ${country} have one` });
  }
  return errors;
}

/** Whether addresses in a country contain a postal code, in the formats of Google's Address Data Service. */
function hasPostalCodes(country: string): boolean {
  return formatAddress({ postalCountry: country, postalCode: '0' }).some((line) => line.includes('0'));
}

function totalOf({ lineItems, discount, shipping, tax }: OrderRequest): number {
  const goods = lineItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  return goods - discount + shipping + tax;
}

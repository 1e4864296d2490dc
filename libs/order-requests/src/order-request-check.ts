import { formatAddress } from 'localized-address-format';
import { asciiJson, priceOf } from '#libs/orders';
import { MAX_AMOUNT } from './field-rules.ts';
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

/**
 * Checks shape and bounds, then the rules between fields.
 * @param maxTaxPercent the highest rate of tax; only the api knows it, so that a message never fails because of a new setting.
 */
export function checkOrderRequest(document: unknown, maxTaxPercent?: number): Checked<SubmittedOrder> {
  const shape = checkShape(OrderSubmission, document);
  if ('errors' in shape) return shape;
  const { customerId, quote, ...request } = shape.value;
  const rateErrors = maxTaxPercent === undefined ? [] : taxRateErrors(request, maxTaxPercent);
  const errors = [...orderRuleErrors(request), ...rateErrors];
  return errors.length === 0 ? { value: { customerId, quote, request } } : { errors };
}

/** Checks the rules between the fields of a request whose shape is valid. */
export function orderRuleErrors(request: OrderRequest): ValidationError[] {
  const { total, discount, shipping, tax, payment, channel, purchaseOrderNumber } = request;
  const goods = priceOf(request.lineItems);
  const sum = goods - discount + shipping + tax;
  const errors: ValidationError[] = [];
  const bytes = asciiJson(request).length;
  if (bytes > MAX_REQUEST_BYTES) {
    errors.push({ pointer: '', detail: `must be at most ${MAX_REQUEST_BYTES} bytes as ASCII JSON, not ${bytes}` });
  }
  if (goods > MAX_AMOUNT) {
    return [
      ...errors,
      { pointer: '/lineItems', detail: `the sum of quantity × unitPrice must be at most ${MAX_AMOUNT}` },
    ];
  }
  if (discount > goods) {
    errors.push({ pointer: '/discount', detail: `must be at most the price of the goods, ${goods}` });
  }
  errors.push(...statedTaxErrors(request));
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

/** Checks that the taxes of line items and shipping, where the order states them, are complete and parts of its tax. */
function statedTaxErrors({ lineItems, shippingTax = 0, tax }: OrderRequest): ValidationError[] {
  const stated = lineItems.flatMap((line) => line.tax ?? []);
  if (stated.length === 0) {
    return shippingTax > tax ? [{ pointer: '/shippingTax', detail: `must be at most the order's tax, ${tax}` }] : [];
  }
  if (stated.length < lineItems.length) {
    const missing = lineItems.findIndex((line) => line.tax === undefined);
    return [{ pointer: `/lineItems/${missing}/tax`, detail: 'is missing: all line items must have a tax, or none' }];
  }
  const sum = stated.reduce((total, part) => total + part, shippingTax);
  return tax === sum ? [] : [{ pointer: '/tax', detail: `must be the taxes of the line items + shippingTax, ${sum}` }];
}

/** Checks that no tax exceeds the rate of what is taxed. */
function taxRateErrors(request: OrderRequest, maxPercent: number): ValidationError[] {
  const { lineItems, discount, shipping, tax, shippingTax } = request;
  const errorsOf = (pointer: string, value: number, base: number, rounding = 0): ValidationError[] => {
    const max = Math.ceil((base * maxPercent) / 100 + rounding);
    return value > max ? [{ pointer, detail: `must be at most ${max}: ${maxPercent} % of ${base}, rounded up` }] : [];
  };
  return [
    ...lineItems.flatMap((line, index) => errorsOf(`/lineItems/${index}/tax`, line.tax ?? 0, priceOf([line]))),
    // A shop that taxes each line may round each up, by a half at most.
    ...errorsOf('/tax', tax, Math.max(0, priceOf(lineItems) - discount + shipping), lineItems.length / 2),
    ...errorsOf('/shippingTax', shippingTax ?? 0, shipping),
  ];
}

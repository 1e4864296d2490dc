import type { ValidationError } from '#libs/order-requests';

/** The `typ` of a quote: no token of an issuer is a quote. RFC 8725, 3.11 */
export const QUOTE_TYPE = 'order-quote+jwt';

/** A quote of a hundred lines has some 20,000 characters. */
export const MAX_QUOTE_LENGTH = 32_768;

/** What a quote need not sign; it signs every other field of the order, so a new amount is signed from the start. */
const FREE =
  /^\/(channel|total|shippingAddress|billingAddress|payment(\/amount)?|purchaseOrderNumber|customerId|quote|lineItems\/\d+\/name)$/;

/**
 * Compares an order with what its quote has signed: all that a quote must sign, and whatever else this one signs.
 * @param signed the claim `order` of the quote
 */
export function quoteDifferences(signed: unknown, order: unknown, pointer = ''): ValidationError[] {
  if (signed === order) return [];
  if (signed === undefined) return FREE.test(pointer) ? [] : [{ pointer, detail: 'is not in the quote' }];
  if (isObject(signed) && isObject(order) && Array.isArray(signed) === Array.isArray(order)) {
    const names = [...new Set([...Object.keys(order), ...Object.keys(signed)])];
    return names.flatMap((name) => quoteDifferences(signed[name] ?? undefined, order[name], `${pointer}/${name}`));
  }
  return [{ pointer, detail: `must be ${JSON.stringify(signed).slice(0, 200)}, as in the quote` }];
}

/** What a quote of this order signs: all that it must, and the payment where the order has one. */
export function quotedPartOf(order: object): object {
  return part(order, '') as object;
}

function part(value: unknown, pointer: string): unknown {
  if (Array.isArray(value)) return value.map((one, index) => part(one, `${pointer}/${index}`));
  if (!isObject(value)) return value;
  const signed = Object.entries(value).filter(([name]) => name === 'payment' || !FREE.test(`${pointer}/${name}`));
  return Object.fromEntries(signed.map(([name, below]) => [name, part(below, `${pointer}/${name}`)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

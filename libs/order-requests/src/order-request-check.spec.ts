import { checkOrderRequest } from './order-request-check.ts';
import type { LineItem } from './order-request.ts';
import { anOrderRequest, aWholesaleRequest } from '../../orders/src/testing/order-factory.ts';

function pointersOf(document: unknown): string[] {
  const checked = checkOrderRequest(JSON.parse(JSON.stringify(document)));
  return 'errors' in checked ? checked.errors.map(({ pointer }) => pointer) : [];
}

const line = anOrderRequest().lineItems[0];
const address = anOrderRequest().shippingAddress;

describe('checkOrderRequest', () => {
  it('accepts a valid retail and a valid wholesale order', () => {
    expect(pointersOf(anOrderRequest())).toEqual([]);
    expect(pointersOf(aWholesaleRequest(500))).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['a missing field', { currency: undefined }, ['/currency']],
    ['null for a field', { currency: null }, ['/currency']],
    [
      'null for the purchase order number of wholesale',
      { channel: 'WHOLESALE', purchaseOrderNumber: null },
      ['/purchaseOrderNumber'],
    ],
    ['null for an unknown field', { coupon: null }, ['/coupon']],
    ['an unknown field', { coupon: 'X' }, ['/coupon']],
    ['an unknown nested field', { shippingAddress: { ...address, email: 'a@b' } }, ['/shippingAddress/email']],
    ['an unknown currency', { currency: 'XXQ' }, ['/currency']],
    ['a currency in lower case', { currency: 'eur' }, ['/currency']],
    ['a country in lower case', { shippingAddress: { ...address, country: 'de' } }, ['/shippingAddress/country']],
    ['a missing nested object', { payment: undefined }, ['/payment']],
    ['null for a nested object', { billingAddress: null }, ['/billingAddress']],
    ['an array for a nested object', { billingAddress: [] }, ['/billingAddress']],
    ['no line items', { lineItems: [] }, ['/lineItems']],
    ['too many line items', { lineItems: Array.from({ length: 101 }, () => line) }, ['/lineItems']],
    ['a line item that is null', { lineItems: [null] }, ['/lineItems', '/lineItems/0']],
    ['a line item that is an array', { lineItems: [[line]] }, ['/lineItems']],
    ['a quantity of zero', { lineItems: [{ ...line, quantity: 0 }] }, ['/lineItems/0/quantity']],
    ['a field named as every object has it', { toString: 'x' }, ['/toString']],
    ['a nested one', { payment: { ...anOrderRequest().payment, constructor: 'x' } }, ['/payment/constructor']],
    [
      'a character that queues do not carry',
      { shippingAddress: { ...address, name: 'a\uFFFF' } },
      ['/shippingAddress/name'],
    ],
    [
      'more code points than characters',
      { shippingAddress: { ...address, name: 'a\uFE0F'.repeat(200) } },
      ['/shippingAddress/name'],
    ],
    ['too many fields', Object.fromEntries(Array.from({ length: 51 }, (_unused, field) => [`f${field}`, 1])), ['']],
    ['a fraction of a minor unit', { shipping: 4.9 }, ['/shipping']],
    ['a number as text', { tax: '0' }, ['/tax']],
    ['a negative amount', { discount: -1 }, ['/discount']],
    ['a control character', { shippingAddress: { ...address, name: 'Ada\u0000' } }, ['/shippingAddress/name']],
    ['a text over its length', { shippingAddress: { ...address, city: 'x'.repeat(101) } }, ['/shippingAddress/city']],
    ['an unknown country', { shippingAddress: { ...address, country: 'ZZ' } }, ['/shippingAddress/country']],
    ['a wrong sum', { total: 3089, payment: { ...anOrderRequest().payment, amount: 3089 } }, ['/total']],
    ['a payment of another amount', { payment: { ...anOrderRequest().payment, amount: 1 } }, ['/payment/amount']],
    ['wholesale with no purchase order number', { channel: 'WHOLESALE' }, ['/purchaseOrderNumber']],
    ['retail with a purchase order number', { purchaseOrderNumber: 'PO-1' }, ['/purchaseOrderNumber']],
  ])('names %s', (_, changes, pointers) => {
    expect(pointersOf({ ...anOrderRequest(), ...changes })).toEqual(pointers);
  });

  it.each([
    ['a\u202Eb', 'must not have the character U+202E'],
    ['a\u2028b', 'must not have the character U+2028'],
    ['\u200B\u3164', 'must have a visible character; U+200B is not one'],
    ['\u00A0', 'must have a visible character; U+00A0 is not one'],
    ['Ada ', 'must have 1 to 200 code points and no blank at either end'],
    ['م\u200Dن', undefined],
  ])('says what is wrong with the name %j, by code point', (name, detail) => {
    const checked = checkOrderRequest(anOrderRequest({ lineItems: [{ ...(line as LineItem), name }] }));
    const expected = detail && { errors: [{ pointer: '/lineItems/0/name', detail }] };
    expect('errors' in checked ? checked : undefined).toEqual(expected);
  });

  it('treats null in an optional field as absent, and says of an empty text to leave the field out', () => {
    const withLine2 = (line2: unknown) => ({
      ...anOrderRequest(),
      purchaseOrderNumber: null,
      billingAddress: { ...address, line2 },
    });
    expect(checkOrderRequest(withLine2(null))).toEqual({
      value: { request: anOrderRequest({ billingAddress: address }) },
    });
    const detail = 'must not be empty: leave the field out, or send null';
    expect(checkOrderRequest(withLine2(''))).toEqual({ errors: [{ pointer: '/billingAddress/line2', detail }] });
  });

  it('names every error at once', () => {
    expect(pointersOf({ ...anOrderRequest(), currency: 'EURO', tax: -1, lineItems: [{ ...line, sku: '' }] })).toEqual([
      '/currency',
      '/lineItems/0/sku',
      '/tax',
    ]);
  });

  it('names what is nested too deeply, however deep it is', () => {
    const deep = JSON.parse(`{"lineItems":${'['.repeat(2_000)}${']'.repeat(2_000)}}`) as unknown;
    expect(pointersOf(deep)).toEqual(['/lineItems/0/0/0/0/0/0/0']);
  });

  it.each([null, [], 'order', 7])('refuses %j as no JSON object', (document) => {
    expect(checkOrderRequest(document)).toEqual({ errors: [{ pointer: '', detail: 'must be a JSON object' }] });
  });
});

import { checkOrderRequest } from './order-request-check.ts';
import { MAX_AMOUNT } from './field-rules.ts';
import { priceOf } from '#libs/orders';
import { anOrderRequest, aWholesaleRequest } from '../../orders/src/testing/order-factory.ts';

function pointersOf(document: unknown): string[] {
  const checked = checkOrderRequest(JSON.parse(JSON.stringify(document)), 30);
  return 'errors' in checked ? checked.errors.map(({ pointer }) => pointer) : [];
}

const line = anOrderRequest().lineItems[0]!;
const address = anOrderRequest().shippingAddress;

/** A request with these amounts, whose total and payment are right. */
function amounts(changes: object) {
  const request = { ...anOrderRequest(), ...changes };
  const total = priceOf(request.lineItems) - request.discount + request.shipping + request.tax;
  return { ...request, total, payment: { ...request.payment, amount: total } };
}

/** The most line items, each of this quantity and price. */
function largest(quantity: number, unitPrice: number) {
  return amounts({ lineItems: Array.from({ length: 100 }, () => ({ ...line, quantity, unitPrice })), shipping: 0 });
}

/** A hundred lines of 0.02 with a tax of 27 %, 0.0054 each. */
function rounded() {
  const lineItems = Array.from({ length: 100 }, () => ({ ...line, quantity: 1, unitPrice: 2 }));
  return amounts({ lineItems, shipping: 0, tax: 100 });
}

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
    ['a discount above the goods', amounts({ discount: 2_599, tax: 100 }), ['/discount']],
    ['one that is balanced by tax', amounts({ discount: 2_599, tax: 2_599 }), ['/discount', '/tax']],
    ['a tax above the rate', amounts({ tax: 928 }), ['/tax']],
    ['a tax above the rate, because of a discount', amounts({ discount: 2_598, tax: 149 }), ['/tax']],
    ['taxes of another sum', amounts({ lineItems: [{ ...line, tax: 500 }], shippingTax: 93, tax: 592 }), ['/tax']],
    [
      'taxes of another sum, without one of the shipping',
      amounts({ lineItems: [{ ...line, tax: 9 }], tax: 10 }),
      ['/tax'],
    ],
    ['the tax of one line only', amounts({ lineItems: [line, { ...line, tax: 9 }], tax: 9 }), ['/lineItems/0/tax']],
    [
      'a line with a tax above the rate',
      amounts({ lineItems: [{ ...line, tax: 781 }], tax: 781 }),
      ['/lineItems/0/tax'],
    ],
    ['a shipping with a tax above the rate', amounts({ shippingTax: 148, tax: 148 }), ['/shippingTax']],
    ['a tax of the shipping above all tax', amounts({ shippingTax: 2, tax: 1 }), ['/shippingTax']],
    ['a price above the bound', amounts({ lineItems: [{ ...line, unitPrice: 1e12 + 1 }] }), ['/lineItems/0/unitPrice']],
    [
      'a total above the bound',
      amounts({ lineItems: [{ ...line, quantity: 100, unitPrice: 1e12 }] }),
      ['/total', '/payment/amount'],
    ],
    ['a payment of another amount', { payment: { ...anOrderRequest().payment, amount: 1 } }, ['/payment/amount']],
    ['wholesale with no purchase order number', { channel: 'WHOLESALE' }, ['/purchaseOrderNumber']],
    ['retail with a purchase order number', { purchaseOrderNumber: 'PO-1' }, ['/purchaseOrderNumber']],
  ])('names %s', (_, changes, pointers) => {
    expect(pointersOf({ ...anOrderRequest(), ...changes })).toEqual(pointers);
  });

  it.each<[string, object]>([
    ['a price of 19,000,000 rials', amounts({ currency: 'IRR', lineItems: [{ ...line, unitPrice: 1_900_000_000 }] })],
    ['a discount of all goods', amounts({ discount: 2_598 })],
    ['a tax of 30 %, of goods and shipping', amounts({ tax: 926 })],
    ['lines of 0.01 whose taxes are rounded up', rounded()],
    [
      'taxes of several rates',
      amounts({
        lineItems: [
          { ...line, tax: 494 },
          { ...line, tax: 182 },
        ],
        shippingTax: 93,
        tax: 769,
      }),
    ],
    ['no tax of the shipping', amounts({ shippingTax: 0, tax: 494 })],
  ])('accepts %s', (_, changes) => {
    expect(pointersOf({ ...anOrderRequest(), ...changes })).toEqual([]);
  });

  it('names the bound that an amount exceeds', () => {
    const errorsOf = (changes: object) => checkOrderRequest({ ...anOrderRequest(), ...amounts(changes) }, 30);
    const detail = 'must be at most the price of the goods, 2598';
    expect(errorsOf({ discount: 2_599 })).toEqual({ errors: [{ pointer: '/discount', detail }] });
    const ofTax = 'must be at most 927: 30 % of 3088, rounded up';
    expect(errorsOf({ tax: 4_900 })).toEqual({ errors: [{ pointer: '/tax', detail: ofTax }] });
  });

  it('calculates the largest sums exactly, and refuses larger ones', () => {
    // Goods, shipping and tax, each the largest amount. A sum that is inexact, from 2^53 up, exceeds the bound in any case.
    expect(Number.isSafeInteger(3 * MAX_AMOUNT)).toBe(true);
    expect(pointersOf(largest(1, 999_999_999_999))).toEqual([]);
    const payment = { ...anOrderRequest().payment, amount: MAX_AMOUNT };
    for (const quantity of [1, 2, 10_000]) {
      expect(pointersOf({ ...largest(quantity, 1e12), total: MAX_AMOUNT, payment })).toEqual(['/lineItems']);
    }
  });

  it.each([
    ['a\u202Eb', 'must not have the character U+202E'],
    ['a\u2028b', 'must not have the character U+2028'],
    ['\u200B\u3164', 'must have a visible character; U+200B is not one'],
    ['\u00A0', 'must have a visible character; U+00A0 is not one'],
    ['Ada ', 'must have 1 to 200 code points and no blank at either end'],
    ['م\u200Dن', undefined],
  ])('says what is wrong with the name %j, by code point', (name, detail) => {
    const checked = checkOrderRequest(anOrderRequest({ lineItems: [{ ...line, name }] }));
    const expected = detail && { errors: [{ pointer: '/lineItems/0/name', detail }] };
    expect('errors' in checked ? checked : undefined).toEqual(expected);
  });

  it('treats null in an optional field as absent, and says of an empty text to leave the field out', () => {
    const order = anOrderRequest({ billingAddress: address });
    const withLine2 = (line2: unknown) => ({
      ...order,
      purchaseOrderNumber: null,
      billingAddress: { ...address, line2 },
    });
    expect(checkOrderRequest(withLine2(null))).toEqual({
      value: { request: order },
    });
    const detail = 'must not be empty: leave the field out, or send null';
    expect(checkOrderRequest(withLine2(''))).toEqual({ errors: [{ pointer: '/billingAddress/line2', detail }] });
  });

  it.each(['AE', 'HK', 'QA', 'AO', 'AG', 'BO', 'GH', 'JM', 'PA', 'TV', 'UG', 'ZW'])(
    'accepts addresses in %s, which has no postal codes, with a postal code and without one',
    (country) => {
      const { postalCode, ...rest } = { ...address, country };
      const order = anOrderRequest({ billingAddress: rest, shippingAddress: rest });
      for (const absent of [{}, { postalCode: null }, { postalCode: '' }]) {
        const sent = { ...rest, ...absent };
        const checked = checkOrderRequest({ ...order, billingAddress: sent, shippingAddress: sent });
        expect(checked).toEqual({ value: { request: order } });
      }
      expect(pointersOf({ ...anOrderRequest(), billingAddress: { ...rest, postalCode } })).toEqual([]);
    },
  );

  it.each(['DE', 'US', 'GB', 'IE', 'IN', 'SG', 'GI', 'EG', 'IL', 'JP', 'BR'])(
    'requires the postal code of an address in %s',
    (country) => {
      const { postalCode: _, ...rest } = { ...address, country };
      const detail = `is missing: addresses in ${country} have one`;
      for (const absent of [{}, { postalCode: null }, { postalCode: '' }]) {
        const errors = [{ pointer: '/billingAddress/postalCode', detail }];
        const sent = { ...anOrderRequest(), billingAddress: { ...rest, ...absent } };
        expect(checkOrderRequest(sent)).toEqual({ errors });
      }
    },
  );

  it.each([' ', '1'.repeat(21), 10_115])('refuses the postal code %j', (postalCode) => {
    const sent = { ...anOrderRequest(), billingAddress: { ...address, postalCode } };
    expect(pointersOf(sent)).toEqual(['/billingAddress/postalCode']);
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

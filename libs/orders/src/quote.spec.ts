import fc from 'fast-check';
import { quoteDifferences, quotedPartOf } from './quote.ts';
import { anOrderRequest, aWholesaleRequest } from './testing/order-factory.ts';

const order = { ...anOrderRequest(), lineItems: [...anOrderRequest().lineItems, ...aWholesaleRequest(500).lineItems] };
const [first, second] = order.lineItems as [object, object];
const signed = quotedPartOf(order);

describe('an order with its quote', () => {
  it.each<[string, object]>([
    ['the same', {}],
    ['other names and addresses', { lineItems: [{ ...first, name: 'x' }, second], billingAddress: {}, channel: 'x' }],
  ])('may have %s', (_, changes) => {
    expect(quoteDifferences(signed, { ...order, ...changes })).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['another unit price', { lineItems: [first, { ...second, unitPrice: 1 }] }, ['/lineItems/1/unitPrice']],
    ['another quantity', { lineItems: [{ ...first, quantity: 3 }, second] }, ['/lineItems/0/quantity']],
    ['another article', { lineItems: [{ ...first, sku: 'x' }, second] }, ['/lineItems/0/sku']],
    ['a line less', { lineItems: [first] }, ['/lineItems/1']],
    ['a line more', { lineItems: [first, second, first] }, ['/lineItems/2']],
    ['other amounts', { discount: 1, shipping: 2, tax: 3 }, ['/discount', '/shipping', '/tax']],
    ['another currency', { currency: 'USD' }, ['/currency']],
    ['another payment', { payment: { ...order.payment, reference: 'x' } }, ['/payment/reference']],
  ])('may not have %s', (_, changes, pointers) => {
    const differences = quoteDifferences(signed, { ...order, ...changes });
    expect(differences.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('names the value that is signed', () => {
    const differences = quoteDifferences(signed, { ...order, lineItems: [first, { ...second, unitPrice: 1 }] });
    expect(differences).toEqual([{ pointer: '/lineItems/1/unitPrice', detail: 'must be 500, as in the quote' }]);
  });

  it('may name any payment if none is signed', () => {
    const { payment: _, ...open } = signed as typeof order;
    expect(quoteDifferences(open, { ...order, payment: { provider: 'x', reference: 'y', amount: 1 } })).toEqual([]);
  });

  it('needs every other field signed, also one that no order has today, and has every field that is signed', () => {
    const places = ['', '/lineItems/0', '/payment'] as const;
    const changed = (document: object, place: string, name: string) => {
      const copy = structuredClone(document) as typeof order;
      const part = place === '' ? copy : place === '/payment' ? copy.payment : copy.lineItems[0];
      return Object.assign(part as object, { [name]: 1 }) && copy;
    };
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.stringMatching(/^new[a-z]{1,8}$/), (place, name) => {
        const pointer = `${place}/${name}`;
        const inOrder = quoteDifferences(signed, changed(order, place, name));
        expect(inOrder).toEqual([{ pointer, detail: 'is not in the quote' }]);
        const inQuote = quoteDifferences(changed(signed, place, name), order);
        expect(inQuote).toEqual([{ pointer, detail: 'must be 1, as in the quote' }]);
      }),
    );
  });
});

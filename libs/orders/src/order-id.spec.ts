import fc from 'fast-check';
import { isOrderId, OrderIds } from './order-id.ts';

const OLD = 'an-old-signing-key-0123456789abcdef';
const NEW = 'a-new-signing-key-0123456789abcdef!!';

describe('OrderIds', () => {
  it('gives the same customer and key the same id', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (customer, key) => {
        const id = new OrderIds([OLD]).issue(customer, key);
        return id === new OrderIds([OLD]).issue(customer, key) && isOrderId(id);
      }),
    );
  });

  it('gives another customer or key another id, also where they join to the same text', () => {
    const ids = new OrderIds([OLD]);
    expect(ids.issue('a', 'bc')).not.toBe(ids.issue('ab', 'c'));
  });

  it('knows an id as the one it issued to this customer, and to no other', () => {
    const ids = new OrderIds([OLD]);
    const id = ids.issue('cust-1', 'key-1');
    expect(ids.wasIssuedTo(id, 'cust-1')).toBe(true);
    expect(ids.wasIssuedTo(id, 'cust-2')).toBe(false);
  });

  it('knows an id of which any character was changed as invented', () => {
    const ids = new OrderIds([OLD]);
    const id = ids.issue('cust-1', 'key-1');
    for (let position = 0; position < id.length; position += 1) {
      const other = id[position] === 'A' ? 'B' : 'A';
      expect(ids.wasIssuedTo(id.slice(0, position) + other + id.slice(position + 1), 'cust-1')).toBe(false);
    }
  });

  it('keeps the table key and accepts old ids when the signing key is rotated', () => {
    const before = new OrderIds([OLD]).issue('cust-1', 'key-1');
    const rotated = new OrderIds([NEW, OLD]);
    const after = rotated.issue('cust-1', 'key-1');
    expect(after).not.toBe(before);
    expect(OrderIds.keyOf(after)).toBe(OrderIds.keyOf(before));
    expect(rotated.wasIssuedTo(before, 'cust-1')).toBe(true);
  });

  it.each([[[]], [['short']], [[OLD, 'short']]])('refuses signing keys %j', (keys) => {
    expect(() => new OrderIds(keys)).toThrow('at least 32 characters');
  });
});

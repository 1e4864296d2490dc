import { withNewKey } from './documents.ts';
import { EXAMPLE_KEY } from './openapi-parts.ts';

describe('a request from /docs', () => {
  it('gets a new Idempotency-Key in place of the example', () => {
    const keyOf = (key: string) => withNewKey({ headers: { 'Idempotency-Key': key } }).headers['Idempotency-Key'];
    expect(new Set([keyOf(EXAMPLE_KEY), keyOf(EXAMPLE_KEY), EXAMPLE_KEY]).size).toBe(3);
    expect(keyOf('my-key')).toBe('my-key');
    expect(withNewKey({ headers: {} })).toEqual({ headers: {} });
  });
});

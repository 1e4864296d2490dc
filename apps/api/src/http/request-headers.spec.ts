import { matchesEtag, readIdempotencyKey, readIfMatch, readWaitSeconds } from './request-headers.ts';

describe('the request headers', () => {
  it.each([
    [undefined, 0],
    ['wait=3', 3],
    ['wait="3"', 3],
    ['respond-async, Wait = 7; foo', 7],
    [['respond-async', 'wait=2'], 2],
    ['wait=600', 10],
    ['wait=99999999999', 10],
    ['foo="a, wait=9"', 0],
    ['foo="a", wait="9"', 9],
    ['wait=-1', 0],
    ['wait=soon', 0],
    ['await=3', 0],
  ])('read from Prefer %j to wait %d s', (header, seconds) => {
    expect(readWaitSeconds(header)).toBe(seconds);
  });

  it.each([
    [undefined, { value: undefined }],
    ['*', { value: undefined }],
    ['"3"', { value: [3] }],
    ['"1" ,, "2",', { value: [1, 2] }],
    ['"a,b","2"', { value: [2] }],
    ['W/"3"', { value: [] }],
    ['"0"', { value: [] }],
    ['"\xfc", ""', { value: [] }],
    [Array(20).fill('"3"').join(), { value: Array(20).fill(3) }],
    ['3', { errors: [expect.objectContaining({ pointer: '/headers/if-match' })] }],
    ['', { errors: [expect.anything()] }],
    [',', { errors: [expect.anything()] }],
    ['"1" "2"', { errors: [expect.anything()] }],
    ['*, "1"', { errors: [expect.anything()] }],
    ['"1""', { errors: [expect.anything()] }],
    ['w/"1"', { errors: [expect.anything()] }],
    [Array(21).fill('"3"').join(), { errors: [expect.anything()] }],
  ])('read If-Match %j as expected', (header, expected) => {
    expect(readIfMatch(header)).toEqual(expected);
  });

  it.each([
    [undefined, false],
    ['*', true],
    ['"a.pdf.1"', true],
    ['W/"a.pdf.1"', true],
    ['"b, c" , "a.pdf.1"', true],
    [['"b"', '"a.pdf.1"'], true],
    ['a.pdf.1', false],
    ['"a.pdf.11"', false],
    ['"', false],
  ])('compare If-None-Match %j with an ETag', (header, expected) => {
    expect(matchesEtag(header, '"a.pdf.1"')).toBe(expected);
  });

  it('report the rule of an Idempotency-Key', () => {
    expect(readIdempotencyKey('"cart-1"')).toEqual({ value: 'cart-1' });
    expect(readIdempotencyKey(undefined)).toMatchObject({
      errors: [{ detail: expect.stringContaining('is missing') }],
    });
    expect(readIdempotencyKey('cart 1')).toMatchObject({ errors: [{ pointer: '/headers/idempotency-key' }] });
  });
});

import { amountFormat } from './invoice-format.ts';

describe('amountFormat', () => {
  it.each([
    ['EUR', '1,234.56'],
    ['JPY', '123,456'],
    ['KWD', '123.456'],
    ['HUF', '1,234.56'],
    ['IQD', '123.456'],
  ])('writes 123456 minor units of %s as %s, by ISO 4217', (currency, text) => {
    expect(amountFormat(currency)(123_456)).toBe(text);
  });
});

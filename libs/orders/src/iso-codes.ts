/* Currencies (ISO 4217) and countries (ISO 3166-1): the lists of the runtime's ICU, corrected where ICU's purpose differs from an order's. */

/** The day on which the corrections were last complete: CLDR 48.2. After a year a test fails: compare both lists with ISO's, then move this day. */
export const ISO_CODES_CHECKED_ON = '2026-03-25';

/** ICU still lists these: withdrawn currencies, and two units of account between states. It lists no metals, funds and test codes. */
const NO_CURRENCIES = 'ANG BGN CUC HRK SLL SVC ZWL XDR XSU'.split(' ');
/** ICU lists one of the two codes of the bolívar. */
const FURTHER_CURRENCIES = ['VED'];
const CURRENCIES = new Set(
  [...Intl.supportedValuesOf('currency'), ...FURTHER_CURRENCIES].filter((code) => !NO_CURRENCIES.includes(code)),
);

/** Whether an order can be paid in this currency: money in use today, by its code in capitals. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** ISO 4217 exponents other than 2. Intl has the exponents of everyday use instead: 0 for HUF, where ISO has 2. */
const MINOR_DIGITS: Record<string, number> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((c) => [c, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((c) => [c, 3])),
  CLF: 4,
  UYW: 4,
};

/** The number of decimal digits of a currency: ISO 4217. */
export function minorDigitsOf(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2;
}

/** ICU names these regions, but ISO has not assigned their codes to countries. */
const NO_COUNTRIES = 'AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ'.split(' ');
const COUNTRIES = new Set(countries());

/** Whether ISO 3166-1 has this alpha-2 code, in capitals. */
export function isCountry(code: string): boolean {
  return COUNTRIES.has(code);
}

function countries(): string[] {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  // A code that is no longer used has that of its successor as canonical form.
  const isCurrent = (code: string) => Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;
  return codes.filter((code) => names.of(code) && !NO_COUNTRIES.includes(code) && isCurrent(code));
}

import { type Address, minorDigitsOf } from '#libs/orders';

/** A part of each document's ETag. Increase it when the layout or the fields of documents change. */
export const LAYOUT_VERSION = 2;

/** Formats amounts of minor units in the major unit: 123456 is 1,234.56 in EUR and 123,456 in JPY. */
export function amountFormat(currency: string): (minorUnits: number) => string {
  const digits = minorDigitsOf(currency);
  const format = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (minorUnits) => format.format(minorUnits / 10 ** digits);
}

const countries = new Intl.DisplayNames('en', { type: 'region' });

/** The lines of an address, as on an envelope. */
export function addressLines({ name, line1, line2, city, region, postalCode, country }: Address): string[] {
  const place = postalCode === undefined ? city : `${postalCode} ${city}`;
  const lines = [name, line1, line2, place, region, countries.of(country)];
  return lines.filter((line) => line !== undefined);
}

/** A document may have thousands of characters that could not be printed. */
const MAX_CODE_POINTS = 20;

/** Characters as Unicode writes them, e.g. `U+6771, U+4EAC and 3 more`. */
export function codePointsText(characters: readonly string[]): string {
  const codePoints = characters
    .slice(0, MAX_CODE_POINTS)
    .map((character) => `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`);
  const others = characters.length - codePoints.length;
  return codePoints.join(', ') + (others > 0 ? ` and ${others} more` : '');
}

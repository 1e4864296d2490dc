import { type Address, minorDigitsOf } from '#libs/orders';

/** A part of each document's ETag. Increase it when the layout or the fields of documents change. */
export const LAYOUT_VERSION = 1;

/** Formats amounts of minor units in the major unit: 123456 is 1,234.56 in EUR and 123,456 in JPY. */
export function amountFormat(currency: string): (minorUnits: number) => string {
  const digits = minorDigitsOf(currency);
  const format = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (minorUnits) => format.format(minorUnits / 10 ** digits);
}

/** The day in UTC of an ISO 8601 instant in UTC. */
export function dayOf(instant: string): string {
  return instant.slice(0, 10);
}

const countries = new Intl.DisplayNames('en', { type: 'region' });

/** The lines of an address, as on an envelope. */
export function addressLines({ name, line1, line2, city, region, postalCode, country }: Address): string[] {
  const lines = [name, line1, line2, `${postalCode} ${city}`, region, countries.of(country)];
  return lines.filter((line) => line !== undefined);
}

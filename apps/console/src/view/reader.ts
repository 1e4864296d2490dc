import Negotiator from 'negotiator';
import { minorDigitsOf } from '#libs/orders';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;
const DEFAULT_LOCALE = 'en-GB';

/** Writes times and money as the reader of a page writes them. */
export class Reader {
  constructor(readonly locale: string) {}

  /** The first language that the browser accepts and this Node can write. */
  static of(acceptLanguage: string | undefined): Reader {
    const languages = new Negotiator({ headers: { 'accept-language': acceptLanguage ?? DEFAULT_LOCALE } }).languages();
    return new Reader(languages.find(isKnown) ?? DEFAULT_LOCALE);
  }

  time(instant: string): string {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(instant));
  }

  /** @param amount minor units */
  money(amount: number, currency: string): string {
    const digits = minorDigitsOf(currency);
    const style = {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    } as const;
    return new Intl.NumberFormat(this.locale, style).format(amount / 10 ** digits);
  }

  number(value: number, maximumFractionDigits = 1): string {
    return new Intl.NumberFormat(this.locale, { maximumFractionDigits }).format(value);
  }

  /** A duration in its largest unit. */
  duration(milliseconds: number): string {
    const [unit, size] = UNITS.find(([, least]) => milliseconds >= least) ?? ['millisecond', 1];
    const value = milliseconds / size;
    const style = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: value < 10 ? 1 : 0 } as const;
    return new Intl.NumberFormat(this.locale, style).format(value);
  }

  age(instant: string): string {
    return this.duration(Math.max(0, Date.now() - Date.parse(instant)));
  }
}

function isKnown(language: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(language).length > 0;
  } catch {
    return false;
  }
}

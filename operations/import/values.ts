import { minorDigitsOf, readInstant } from '#libs/orders';

/** Why a row cannot be imported. The problem is the same text for all rows that have it; the value is this row's own. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';
  readonly value: string | undefined;

  constructor(problem: string, value?: string) {
    super(problem);
    this.value = value;
  }
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$/;

/**
 * Converts a decimal text to minor units, digit by digit.
 * @param isRounded half a unit and more is rounded up, away from 0; otherwise further digits are a problem
 */
export function minorUnits(text: string, currency: string, isRounded: boolean): number {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text.trim()) ?? [];
  if (!whole) throw new RowProblem('is not a decimal number', text);
  const digits = minorDigitsOf(currency);
  const rest = fraction.slice(digits);
  if (/[1-9]/.test(rest) && !isRounded) throw new RowProblem(`has more than ${digits} decimals of ${currency}`, text);
  const amount = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0')) + (rest >= '5' ? 1n : 0n);
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) throw new RowProblem('is too large', text);
  return Number(sign === '-' ? -amount : amount);
}

export function wholeNumber(text: string): number {
  if (/^\d{1,15}(\.0*)?$/.test(text.trim())) return Number(text);
  throw new RowProblem('is not a whole number', text);
}

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?$/;
const DAY_MS = 86_400_000;

/** Reads a local time of a zone of the IANA database, or an instant with its own zone. Returns ISO 8601, UTC, milliseconds. */
export function instantOf(text: string, zone: string): string {
  if (text.startsWith('0000-00-00')) throw new RowProblem('is the date 0000-00-00', text);
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] = LOCAL.exec(text) ?? [];
  const instant = year === undefined ? readInstant(text, zone) : undefined;
  if (instant !== undefined) return instant;
  const [y, m, d, h, min, s] = [year, month, day, hour, minute, second].map(Number) as [number, number, ...number[]];
  const localMs = Date.UTC(y, m - 1, d, h, min, s, Number(fraction.slice(0, 3).padEnd(3, '0')));
  // Date.UTC accepts February 30 and 25 o'clock.
  const isDate = year !== undefined && new Date(localMs).toISOString().slice(0, 16) === isoMinute(text);
  if (!isDate || s! > 59) throw new RowProblem('is not a date', text);
  const candidates = [localMs - DAY_MS, localMs + DAY_MS].map((ms) => localMs - offsetOf(ms, zone));
  const possible = candidates.filter((ms) => ms + offsetOf(ms, zone) === localMs);
  if (possible.length === 0) throw new RowProblem(`is skipped by a change of the clocks in ${zone}`, text);
  // A time that the clocks show twice is the first of the two.
  const ms = Math.min(...possible);
  if (ms < 0) throw new RowProblem('is before 1970', text);
  return new Date(ms).toISOString();
}

function isoMinute(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11, 16) || '00:00'}`;
}

/** Offsets change at full quarters of an hour. */
const QUARTER_MS = 900_000;
const MAX_OFFSETS = 20_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** The milliseconds by which a zone's local time is ahead of UTC. */
function offsetOf(ms: number, zone: string): number {
  const quarter = Math.floor(ms / QUARTER_MS) * QUARTER_MS;
  const key = `${quarter} ${zone}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const parts = formatOf(zone).formatToParts(quarter);
  const [y, m, d, h, min, s] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  ) as [number, number, ...number[]];
  if (offsets.size >= MAX_OFFSETS) offsets.clear();
  const offset = Date.UTC(y, m - 1, d, h, min, s) - quarter;
  offsets.set(key, offset);
  return offset;
}

/** @throws RangeError for an unknown zone */
export function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const date = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', ...date, ...time });
  formats.set(timeZone, format);
  return format;
}

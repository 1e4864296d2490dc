import { isTimeZone, minorDigitsOf, readInstant } from '#libs/orders';
import { UsageError } from '../environment.ts';

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
 * @param onRounded is called when half a unit and more is rounded up, away from 0; without it, further digits are a problem
 */
export function minorUnits(text: string, currency: string, onRounded?: () => void): number {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text.trim()) ?? [];
  if (!whole) throw new RowProblem('is not a decimal number', text);
  const digits = minorDigitsOf(currency);
  const rest = fraction.slice(digits);
  if (/[1-9]/.test(rest)) {
    if (!onRounded) throw new RowProblem(`has more than ${digits} decimals of ${currency}`, text);
    onRounded();
  }
  const amount = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0')) + (rest >= '5' ? 1n : 0n);
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) throw new RowProblem('is too large', text);
  return Number(sign === '-' ? -amount : amount);
}

export function wholeNumber(text: string): number {
  if (/^\d{1,15}(\.0*)?$/.test(text.trim())) return Number(text);
  throw new RowProblem('is not a whole number', text);
}

const LOCAL = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?$/;
const DAY_MS = 86_400_000;

/**
 * Returns a function that reads local times of a zone (IANA), and instants with a zone of their own. It returns ISO 8601, UTC, with
 * milliseconds.
 * @throws UsageError for an unknown zone
 */
export function instantReader(zone: string): (text: string) => string {
  if (!isTimeZone(zone)) throw new UsageError(`zone must be an IANA name such as Europe/Berlin, got ${zone}`);
  const offsetAt = offsetsOf(zone);
  return (text) => {
    if (text.startsWith('0000-00-00')) throw new RowProblem('is the date 0000-00-00', text);
    const [, day, minute = '00:00', second = '00', fraction = ''] = LOCAL.exec(text) ?? [];
    const instant = day === undefined ? readInstant(text, zone) : undefined;
    if (instant !== undefined) return instant;
    const iso = `${day}T${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
    const localMs = Date.parse(iso);
    // Date.parse accepts February 30 and 24 o'clock.
    if (Number.isNaN(localMs) || new Date(localMs).toISOString() !== iso) throw new RowProblem('is not a date', text);
    const candidates = [localMs - DAY_MS, localMs + DAY_MS].map((ms) => localMs - offsetAt(ms));
    const possible = candidates.filter((ms) => ms + offsetAt(ms) === localMs);
    if (possible.length === 0) throw new RowProblem(`is skipped by a change of the clocks in ${zone}`, text);
    // A time that the clocks show twice is the first of the two.
    const ms = Math.min(...possible);
    if (ms < 0) throw new RowProblem('is before 1970', text);
    return new Date(ms).toISOString();
  };
}

/** The text of a TIMESTAMP column, which a session in UTC sends without its zone. */
export function timestampText(text: string): string {
  return `${text.replace(' ', 'T')}Z`;
}

/** Offsets change at full quarters of an hour. */
const QUARTER_MS = 900_000;
const MAX_OFFSETS = 20_000;

/** Returns a function of an instant: the milliseconds by which the zone's local time is ahead of UTC. */
function offsetsOf(timeZone: string): (ms: number) => number {
  // Swedish writes times as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const known = new Map<number, number>();
  return (ms) => {
    const quarter = Math.floor(ms / QUARTER_MS) * QUARTER_MS;
    const offset = known.get(quarter) ?? Date.parse(`${format.format(quarter)}Z`) - quarter;
    if (known.size >= MAX_OFFSETS) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}

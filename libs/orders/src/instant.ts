/** RFC 3339, 5.6, and a date without a time. Seconds may be absent. */
const TEXT =
  /^(\d{4})-(\d{2})-(\d{2})(?:T([01]\d|2[0-3]):[0-5]\d(?::([0-5]\d|60)(?:\.(\d{1,3})(\d{0,30}))?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/i;
/** Instants after the year 9999 no longer sort as text. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Reads an instant that bounds a range.
 * @param text RFC 3339 with a zone and any fraction, in either case; a date without a time means its first instant in UTC.
 * @returns ISO 8601 in UTC with milliseconds, rounded up: the same instants of milliseconds are before it. Undefined for
 *   other texts, and for instants before 1970 or after 9999.
 */
export function readInstant(text: string): string | undefined {
  const [, year = 0, month = 0, day = 0, , second, , beyond = 0] = (TEXT.exec(text) ?? []).map(Number);
  // Date.parse accepts February 30 and returns March 2.
  if (day === 0 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  // Date.parse knows no leap seconds and only upper case.
  const isLeap = second === 60;
  const parsed = Date.parse(text.toUpperCase().replace(isLeap ? ':60' : '', isLeap ? ':59' : ''));
  const ms = parsed + (isLeap ? 1_000 : 0) + (beyond > 0 ? 1 : 0);
  return ms >= 0 && ms <= LAST_MS ? new Date(ms).toISOString() : undefined;
}

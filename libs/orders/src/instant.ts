/** RFC 3339, 5.6, and a date without a time. Seconds may be absent. */
const TEXT =
  /^(\d{4})-(\d{2})-(\d{2})(?:T([01]\d|2[0-3]):[0-5]\d(?::([0-5]\d|60)(?:\.(\d{1,3})(\d{0,30}))?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/i;
/** Instants after the year 9999 no longer sort as text. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Reads an instant that bounds a range.
 * @param text RFC 3339 with a zone and any fraction, in either case; a date without a time means its first instant in
 *   `timeZone`.
 * @param timeZone IANA
 * @returns ISO 8601 in UTC with milliseconds, rounded up: the same instants of milliseconds are before it. Undefined for
 *   other texts, and for instants before 1970 or after 9999.
 */
export function readInstant(text: string, timeZone: string): string | undefined {
  const [, year = 0, month = 0, day = 0, hour, second, , beyond = 0] = (TEXT.exec(text) ?? []).map(Number);
  // Date.parse accepts February 30 and returns March 2.
  if (day === 0 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  if (Number.isNaN(hour)) return Date.parse(text) >= 0 ? startOfDay(text, timeZone) : undefined;
  // Date.parse knows no leap seconds and only upper case.
  const isLeap = second === 60;
  const parsed = Date.parse(text.toUpperCase().replace(isLeap ? ':60' : '', isLeap ? ':59' : ''));
  const ms = parsed + (isLeap ? 1_000 : 0) + (beyond > 0 ? 1 : 0);
  return ms >= 0 && ms <= LAST_MS ? new Date(ms).toISOString() : undefined;
}

const HOUR_MS = 3_600_000;

/**
 * The first instant of a day in a time zone. It is not always midnight: a clock may skip the hour after midnight, or a whole
 * day. No zone is more than 12 hours behind UTC or 14 ahead.
 */
function startOfDay(date: string, timeZone: string): string {
  const days = daysIn(timeZone);
  let [before, start] = [Date.parse(date) - 14 * HOUR_MS - 1, Date.parse(date) + 12 * HOUR_MS];
  while (start - before > 1) {
    const middle = Math.floor((before + start) / 2);
    if (days.format(middle) < date) before = middle;
    else start = middle;
  }
  // The first day of 1970 starts in 1969 east of Greenwich.
  return new Date(Math.max(0, start)).toISOString();
}

/** The day of an ISO 8601 instant in a time zone (IANA), as ISO 8601. */
export function dayOf(instant: string, timeZone: string): string {
  return daysIn(timeZone).format(new Date(instant));
}

/** Whether a text is the IANA name of a time zone. Intl also accepts offsets such as +01:00, which have no summer time. */
export function isTimeZone(text: string): boolean {
  try {
    return /^[A-Z]/i.test(text) && daysIn(text) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Swedish writes days as ISO 8601 does.
 * @throws RangeError for an unknown time zone
 */
function daysIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('sv', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
}

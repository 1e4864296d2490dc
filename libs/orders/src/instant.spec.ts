import { dayOf, isTimeZone, readInstant } from './instant.ts';

describe('readInstant', () => {
  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01t00:00:00z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.100Z'],
    ['2026-01-01T00:00:00.123000Z', '2026-01-01T00:00:00.123Z'],
    ['2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.124Z'],
    ['2026-01-01T00:00:00.123456789+01:00', '2025-12-31T23:00:00.124Z'],
    ['2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.500Z'],
  ])('reads %s', (text, instant) => {
    expect(readInstant(text, 'UTC')).toBe(instant);
  });

  it.each([
    '',
    'yesterday',
    '2026-02-30',
    '2025-02-29T08:00Z',
    '2026-13-01',
    '2026-01-01T08:00',
    '2026-01-01T24:00:00Z',
    '2026-01-01T08:61:00Z',
    '2026-01-01T08:00:61Z',
    '2026-01-01T08:00:00.Z',
    '2026-01-01T08:00:00+24:00',
    '2026-01-01 08:00:00Z',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59-14:00',
  ])('refuses %s', (text) => {
    expect(readInstant(text, 'UTC')).toBeUndefined();
  });

  it.each([
    ['2027-01-01', 'Europe/Berlin', '2026-12-31T23:00:00.000Z'],
    ['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00.000Z'],
    ['2026-07-01', 'America/Los_Angeles', '2026-07-01T07:00:00.000Z'],
    ['2026-07-01', 'Asia/Kathmandu', '2026-06-30T18:15:00.000Z'],
    ['1970-01-01', 'Europe/Berlin', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31', 'Pacific/Kiritimati', '9999-12-30T10:00:00.000Z'],
    ['9999-12-31', 'Etc/GMT+12', '9999-12-31T12:00:00.000Z'],
    // No midnight: the clock goes from 24:00 to 01:00.
    ['2025-09-07', 'America/Santiago', '2025-09-07T04:00:00.000Z'],
    // Samoa went over the date line and had no December 30.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ])('reads the day %s in %s', (day, timeZone, instant) => {
    expect(readInstant(day, timeZone)).toBe(instant);
  });

  it.each([
    ['2026-03-29', '2026-03-30', 23],
    ['2026-10-25', '2026-10-26', 25],
    ['2026-10-26', '2026-10-27', 24],
  ])('gives the day from %s to %s %i hours in Berlin', (day, next, hours) => {
    const instantOf = (text: string) => Date.parse(String(readInstant(text, 'Europe/Berlin')));
    expect((instantOf(next) - instantOf(day)) / 3_600_000).toBe(hours);
  });

  it('reads a time with its zone the same in every time zone', () => {
    expect(readInstant('2026-01-01T00:00Z', 'Asia/Tokyo')).toBe('2026-01-01T00:00:00.000Z');
  });
});

describe('dayOf', () => {
  it.each([
    ['2026-12-31T22:59:59.999Z', 'Europe/Berlin', '2026-12-31'],
    ['2026-12-31T23:00:00.000Z', 'Europe/Berlin', '2027-01-01'],
    ['2027-01-01T07:59:59.999Z', 'America/Los_Angeles', '2026-12-31'],
    ['2026-12-31T10:00:00.000Z', 'Pacific/Kiritimati', '2027-01-01'],
    ['2026-12-31T23:59:59.999Z', 'UTC', '2026-12-31'],
  ])('is at %s in %s the %s', (instant, timeZone, day) => {
    expect(dayOf(instant, timeZone)).toBe(day);
  });
});

describe('isTimeZone', () => {
  it.each(['Europe/Berlin', 'UTC', 'Asia/Calcutta'])('accepts %s', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['', '+01:00', 'Berlin', 'Europe/Berlin '])('refuses "%s"', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});

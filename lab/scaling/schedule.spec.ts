import { parseSchedule } from './schedule.ts';

const isDue = (schedule: string, instant: string) => parseSchedule(schedule)(new Date(instant));

describe('schedules', () => {
  it.each([
    ['at(2027-11-26T07:45:00)', '2027-11-26T07:45:00Z', true],
    ['at(2027-11-26T07:45:00)', '2027-11-26T07:46:00Z', false],
    ['cron(30 7 * * ? *)', '2027-11-26T07:30:00Z', true],
    ['cron(30 7 * * ? *)', '2027-11-26T08:30:00Z', false],
    ['cron(0 8-10,12 26 11 ? 2027)', '2027-11-26T12:00:00Z', true],
    ['cron(0 8-10,12 26 11 ? 2027)', '2027-11-26T11:00:00Z', false],
    // A Friday is AWS's sixth day.
    ['cron(0 8 ? * 6 *)', '2027-11-26T08:00:00Z', true],
  ])('%s at %s: %s', (schedule, instant, due) => {
    expect(isDue(schedule, instant)).toBe(due);
  });

  it.each(['rate(5 minutes)', 'cron(0/5 * * * ? *)'])('%s is refused, for it can not be played', (schedule) => {
    expect(() => parseSchedule(schedule)).toThrow(`the schedule ${schedule} is not known here`);
  });
});

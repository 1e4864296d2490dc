import { TemplateError } from './template.ts';

/** Whether a schedule of Application Auto Scaling, in UTC, is due in the minute that begins at this instant. */
export type Due = (minute: Date) => boolean;

const AT = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}):\d{2}\)$/;
const CRON = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/;

/** @throws TemplateError for what is neither `at(…)` nor a `cron(…)` of numbers, lists and stars. */
export function parseSchedule(schedule: string): Due {
  const at = AT.exec(schedule)?.[1];
  if (at !== undefined) return (minute) => minute.toISOString().startsWith(at);
  const cron = CRON.exec(schedule)?.slice(1);
  if (!cron) throw new TemplateError(`the schedule ${schedule} is not known here`);
  const parts = cron.map((field) => parseField(field, schedule));
  return (minute) => {
    const values = [
      minute.getUTCMinutes(),
      minute.getUTCHours(),
      minute.getUTCDate(),
      minute.getUTCMonth() + 1,
      // AWS counts the days of the week from Sunday, 1.
      minute.getUTCDay() + 1,
      minute.getUTCFullYear(),
    ];
    return parts.every((part, position) => part === undefined || part.includes(values[position] as number));
  };
}

function parseField(field: string, schedule: string): number[] | undefined {
  if (field === '*' || field === '?') return undefined;
  return field.split(',').flatMap((item) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
    if (from === undefined) throw new TemplateError(`the schedule ${schedule} is not known here: ${item}`);
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, n) => Number(from) + n);
  });
}

/** When an `at(…)` is due. */
export function instantOf(schedule: string): Date | undefined {
  const at = AT.exec(schedule)?.[1];
  return at === undefined ? undefined : new Date(`${at}:00Z`);
}

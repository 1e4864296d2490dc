import { UsageError } from '../environment.ts';
import { periodOf } from '../replay/arguments.ts';
import { parsed } from '../tool.ts';
import { reports } from './statements.ts';

const all = reports();
const width = Math.max(...all.map(({ name }) => name.length));

export const usage = `type for example
  npm run report -- sales-by-day --from 2026-11-01 --to 2026-12-01
  npm run report -- sales-by-day 2026-11-27 EUR --from 2026-11-01 --orders
reports
${all.map(({ name, sentence }) => `  ${name.padEnd(width)}  ${sentence}`).join('\n')}
period        --from TIME (included) and --to TIME (default now, excluded); a day starts in the seller's time zone
vat           --rates 19,7 for the shop's rates: amounts of a few cents fit several
options       --csv or --html writes a file into the folder reports; --stage NAME on AWS; --json
orders        --orders lists the orders of each figure, or only of that whose first columns are typed after the report`;

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  rates: { type: 'string' },
  csv: { type: 'boolean', default: false },
  html: { type: 'boolean', default: false },
  orders: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  stage: { type: 'string' },
} as const;

const RATE = /^\d{1,2}(\.\d)?$/;

export type ReportArguments = ReturnType<typeof readArguments>;

/** @throws UsageError that says what to type instead */
export function readArguments(args: readonly string[], now = new Date()) {
  const { values, positionals } = parsed({ args: [...args], options, allowPositionals: true });
  const [name, ...figure] = positionals;
  const report = all.find((one) => one.name === name);
  if (!report) {
    const names = all.map(({ name }) => name).join(', ');
    throw new UsageError(
      `${name === undefined ? 'which report?' : `there is no report ${name}:`} type one of ${names}`,
    );
  }
  if (figure.length > 0 && !values.orders)
    throw new UsageError(`${figure.join(' ')}: type --orders to list its orders`);
  if (figure.length > report.keys.length)
    throw new UsageError(`a figure of ${name} has ${report.keys.join(', ')}: type up to ${report.keys.length} of them`);
  if ([values.csv, values.html, values.json].filter(Boolean).length > 1)
    throw new UsageError('type only one of --csv, --html and --json');
  const rates = values.rates?.split(',');
  if (rates && name !== 'vat') throw new UsageError('only vat has --rates');
  if (rates && !rates.every((rate) => RATE.test(rate)))
    throw new UsageError(`--rates must be percentages such as 19,7 or 20,5.5; got ${values.rates}`);
  return { ...values, report, figure, period: { ...periodOf(values, now), ...(rates && { rates }) } };
}

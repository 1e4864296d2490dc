import { MAX_READ_UNITS, numberOf, periodOf } from '../replay/arguments.ts';
import { parsed } from '../tool.ts';

export const usage = `type for example
  npm run reconcile -- --from 2026-01-01 --to 2026-02-01
orders        --from TIME (included) and --to TIME (default now, excluded): received by the api in this time
options       --read-rate 500 read units of each table a second; --stage NAME on AWS; --json prints an object a line
exit code     0 without differences, 1 with some, 2 for wrong arguments`;

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  'read-rate': { type: 'string', default: '500' },
  json: { type: 'boolean', default: false },
  stage: { type: 'string' },
} as const;

export type ReconcileArguments = ReturnType<typeof readArguments>;

/** @throws UsageError that names the option and what is allowed */
export function readArguments(args: readonly string[], now = new Date()) {
  const { values } = parsed({ args: [...args], options });
  const { from, to } = periodOf(values, now);
  return { ...values, from, to, readRate: numberOf('--read-rate', values['read-rate'], MAX_READ_UNITS) };
}

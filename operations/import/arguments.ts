import { basename } from 'node:path';
import { UsageError } from '../environment.ts';
import { MAX_READ_UNITS, numberOf } from '../replay/arguments.ts';
import { parsed } from '../tool.ts';

export const usage = `type for example
  npm run import -- mysql://reader@db.example/shop --map map.yaml --dry-run
  npm run import -- orders.csv --map map.yaml --why "moving from the old shop"
source        mysql://USER@HOST/DATABASE (password in MYSQL_PWD; TLS except on this machine, --ca FILE), a dump.sql or a .csv
mapping       --map FILE: docs/moving-from-mysql.md; --suggest [--table NAME] prints a first guess
without write --dry-run lists the problems; --explain prints the SQL; --reconcile only compares source and table
options       --rows FILE: corrected lines of rejected.ndjson replace those orders; --publish: subscribers receive the orders;
              --rate 250 orders and --read-rate 500 read units a second; --folder FOLDER for its files;
              --why "what for" and --by NAME for the log; --stage NAME on AWS; --json`;

const flag = { type: 'boolean', default: false } as const;
const text = { type: 'string' } as const;
const options = {
  map: text,
  table: text,
  rows: text,
  ca: text,
  folder: text,
  stage: text,
  why: text,
  by: text,
  'dry-run': flag,
  suggest: flag,
  explain: flag,
  reconcile: flag,
  publish: flag,
  json: flag,
  rate: { ...text, default: '250' },
  'read-rate': { ...text, default: '500' },
};

export type ImportArguments = ReturnType<typeof readArguments>;

/** @throws UsageError that names the option and what is allowed */
export function readArguments(args: readonly string[]) {
  const { values, positionals } = parsed({ args: [...args], options, allowPositionals: true });
  const [source = '', ...others] = positionals;
  if (others.length > 0 || !/^mysql:\/\/.|\.(csv|sql)$/i.test(source))
    throw new UsageError(
      `the source must be mysql://USER@HOST/DATABASE, a .sql or a .csv, got ${positionals.join(' ')}`,
    );
  if (!values.map && !values.suggest)
    throw new UsageError('which mapping? Type --map FILE, or --suggest for a first one');
  const name = basename(source).replace(/\?.*/, '');
  return {
    ...values,
    source,
    dryRun: values['dry-run'],
    folder: values.folder ?? `import-${name}`,
    rate: numberOf('--rate', values.rate, 5_000),
    readRate: numberOf('--read-rate', values['read-rate'], MAX_READ_UNITS),
  };
}

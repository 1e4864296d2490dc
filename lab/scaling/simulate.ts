/**
 * `npm run simulate:scaling -- --profile coupon` plays a demand against the scaling policies of production and prints the
 * result, `--report` builds a page of charts of it; `-- --costs` prints what a month costs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { StageConfig } from '../../infra/lib/config.ts';
import { stages } from '../../infra/lib/stages.ts';
import { figureRows, figuresOf } from './figures.ts';
import { costsText, monthlyCosts } from './monthly-costs.ts';
import { platformOf } from './platform.ts';
import { profileNames, profileOf, type ProfileName } from './profiles.ts';
import { reportPage } from './report.ts';
import { SENSITIVITY_COLUMNS, sensitivityRows } from './sensitivity.ts';
import { settingOf, worstRun } from './simulation.ts';

const RESULTS = join(import.meta.dirname, 'results');
const USAGE = `type one of
${[...profileNames, 'all'].map((name) => `  npm run simulate:scaling -- --profile ${name}`).join('\n')}
  npm run simulate:scaling -- --sensitivity
  npm run simulate:scaling -- --costs
`;

const { profiles, report, costs, sensitivity } = readArguments();
const platform = platformOf(stages['production'] as StageConfig);
if (sensitivity) process.stdout.write(tableText([SENSITIVITY_COLUMNS, ...sensitivityRows(platform)]));
else if (costs) process.stdout.write(costsText(monthlyCosts(platform)));
else profiles.forEach(simulate);

function simulate(name: ProfileName): void {
  const profile = profileOf(name, platform);
  const run = worstRun(settingOf(platform), profile);
  process.stdout.write(`${name}: ${profile.description}\n${tableText(figureRows(figuresOf(run)))}\n`);
  if (!report) return;
  mkdirSync(RESULTS, { recursive: true });
  const page = join(RESULTS, `${name}.html`);
  writeFileSync(page, reportPage(name, profile, run));
  process.stdout.write(`  charts: ${relative(process.cwd(), page)}\n\n`);
}

function tableText(rows: readonly (readonly string[])[]): string {
  return rows
    .map(([name = '', ...cells]) => `  ${name.padEnd(46)}${cells.map((cell) => cell.padStart(17)).join('')}\n`)
    .join('');
}

function readArguments() {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const options = { profile: { type: 'string' }, report: flag, costs: flag, sensitivity: flag } as const;
    const { profile, ...flags } = parseArgs({ options }).values;
    if ([profile !== undefined, flags.costs, flags.sensitivity].filter(Boolean).length !== 1)
      throw new Error('expected one of --profile, --sensitivity and --costs');
    return { ...flags, profiles: profile === undefined ? [] : profilesNamed(profile) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return process.exit(2);
  }
}

function profilesNamed(profile: string): readonly ProfileName[] {
  if (profile === 'all') return profileNames;
  const known = profileNames.filter((name) => name === profile);
  if (known.length === 0) throw new Error(`unknown profile ${profile}`);
  return known;
}

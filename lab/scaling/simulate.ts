/**
 * `npm run simulate:scaling -- --profile coupon`: plays a demand against the autoscaling of the synthesized templates,
 * prints what it comes to and writes a page of charts; `-- --costs` prints what a month costs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresOf } from './figures.ts';
import { inventoryOf } from './inventory.ts';
import { costsText } from './monthly-costs.ts';
import { platformOf } from './platform.ts';
import { profileNames, profileOf, type ProfileName } from './profiles.ts';
import { reportPage } from './report-page.ts';
import { platformText, runText } from './report-text.ts';
import { sensitivityText } from './sensitivity.ts';
import { worstRun } from './simulation.ts';
import { synthesizedTemplates } from './synthesized.ts';
import { taskRates } from './task-rates.ts';

const RESULTS = join(import.meta.dirname, 'results');
const STAGE = 'production';
const USAGE = `type one of
${profileNames.map((name) => `  npm run simulate:scaling -- --profile ${name}`).join('\n')}
  npm run simulate:scaling -- --profile all
  npm run simulate:scaling -- --sensitivity
  npm run simulate:scaling -- --costs
`;

const { profiles, costs, sensitivity } = readArguments();
const templates = synthesizedTemplates(STAGE);
const platform = platformOf(templates);
if (sensitivity) process.stdout.write(sensitivityText(platform));
else if (costs) process.stdout.write(costsText(platform, inventoryOf(templates)));
else profiles.forEach(play);

function play(name: ProfileName): void {
  const rates = taskRates(platform);
  const run = worstRun(platform, profileOf(name, platform), rates);
  if (name === profiles[0]) process.stdout.write(`${platformText(platform, rates)}\n`);
  process.stdout.write(runText(run.profile, figuresOf(run)));
  mkdirSync(RESULTS, { recursive: true });
  const page = join(RESULTS, `${name}.html`);
  writeFileSync(page, reportPage(run, platform, rates));
  process.stdout.write(`  charts: ${relative(process.cwd(), page)}\n\n`);
}

function readArguments(): { profiles: readonly ProfileName[]; costs: boolean; sensitivity: boolean } {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({ options: { profile: { type: 'string' }, costs: flag, sensitivity: flag } });
    const { profile, costs, sensitivity } = values;
    if ([profile !== undefined, costs, sensitivity].filter(Boolean).length !== 1)
      throw new Error('expected one of --profile, --sensitivity and --costs');
    return { profiles: profile === undefined ? [] : profilesNamed(profile), costs, sensitivity };
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

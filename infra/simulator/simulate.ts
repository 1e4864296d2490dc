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
import { worstRun } from './simulation.ts';
import { synthesizedTemplates } from './synthesized.ts';
import { taskRates } from './task-rates.ts';

const RESULTS = join(import.meta.dirname, 'results');
const STAGE = 'production';
const USAGE = `type one of
${profileNames.map((name) => `  npm run simulate:scaling -- --profile ${name}`).join('\n')}
  npm run simulate:scaling -- --profile all
  npm run simulate:scaling -- --costs
`;

const { profiles, costs } = readArguments();
const templates = synthesizedTemplates(STAGE);
const platform = platformOf(templates);
if (costs) process.stdout.write(costsText(platform, inventoryOf(templates)));
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

function readArguments(): { profiles: ProfileName[]; costs: boolean } {
  try {
    const { values } = parseArgs({
      options: { profile: { type: 'string' }, costs: { type: 'boolean', default: false } },
    });
    const { profile, costs } = values;
    if (costs === (profile !== undefined)) throw new Error('expected either --profile or --costs');
    if (profile === undefined) return { profiles: [], costs };
    const known = profile === 'all' ? [...profileNames] : profileNames.filter((name) => name === profile);
    if (known.length === 0) throw new Error(`unknown profile ${profile}`);
    return { profiles: known, costs };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return process.exit(2);
  }
}

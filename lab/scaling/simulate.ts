/**
 * `npm run simulate:scaling -- --profile coupon` simulates a demand with the scaling policies of production and prints the
 * result; `--report` builds a page with charts. `-- --sensitivity` prints the effect of single changes and of more idle tasks, `-- --costs` the monthly
 * costs.
 */
import type { StageConfig } from '../../infra/lib/config.ts';
import { stages } from '../../infra/lib/stages.ts';
import { ResultFiles, runTool, say } from '../run-tool.ts';
import { figureRows, figuresOf } from './figures.ts';
import { costsText, monthlyCosts } from './monthly-costs.ts';
import { platformOf } from './platform.ts';
import { profileOf } from './profiles.ts';
import { reportPage } from './report.ts';
import { readOptions } from './scaling-options.ts';
import { FLEET_COLUMNS, fleetRows, SENSITIVITY_COLUMNS, sensitivityRows } from './sensitivity.ts';
import { settingOf, worstRun } from './simulation.ts';

async function run({ profiles, report, costs, sensitivity }: ReturnType<typeof readOptions>): Promise<number> {
  const platform = platformOf(stages['production'] as StageConfig);
  if (sensitivity) say(tableText([SENSITIVITY_COLUMNS, ...sensitivityRows(platform)]));
  if (sensitivity) say(tableText([FLEET_COLUMNS, ...fleetRows(platform)]));
  if (costs) say(costsText(monthlyCosts()));
  for (const name of profiles) {
    const profile = profileOf(name, platform);
    const worst = worstRun(settingOf(platform), profile);
    say(`${name}: ${profile.description}\n${tableText(figureRows(figuresOf(worst)))}`);
    if (!report) continue;
    const path = new ResultFiles(import.meta.dirname).write(`${name}.html`, reportPage(name, profile, worst));
    say(`  charts: ${path}\n`);
  }
  return 0;
}

function tableText(rows: readonly (readonly string[])[]): string {
  return rows
    .map(([name = '', ...cells]) => `  ${name.padEnd(46)}${cells.map((cell) => cell.padStart(17)).join('')}\n`)
    .join('');
}

await runTool(readOptions, run);

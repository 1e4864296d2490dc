import { readFileSync } from 'node:fs';
import type { StageConfig } from '../../infra/lib/config.ts';
import { scalingPolicies, type StepScaling, type TargetTracking } from '../../infra/lib/scaling/scaling-policies.ts';
import { stages } from '../../infra/lib/stages.ts';
import { pageOf } from '../../test/harness/documented-table.ts';
import { figureRows, figuresOf } from './figures.ts';
import { idleCosts, sum } from './idle-costs.ts';
import { LEVER_COLUMNS, leverRows } from './levers.ts';
import { monthlyCosts, ORDERS_A_MONTH } from './monthly-costs.ts';
import { platformOf } from './platform.ts';
import { profileNames, profileOf, type ProfileName } from './profiles.ts';
import { fleetRows, sensitivityRows } from './sensitivity.ts';
import { settingOf, worstRun, type Run } from './simulation.ts';

const production = stages['production'] as StageConfig;
const platform = platformOf(production);
const runs = Object.fromEntries(
  profileNames.map((name) => [name, worstRun(settingOf(platform), profileOf(name, platform))]),
) as Record<ProfileName, Run>;

const MINUTE = 60;

describe('production', () => {
  it('refuses no order of a coupon, decides each within three minutes, and has no backlog five minutes after the peak', () => {
    const { refused, longestDecisionSeconds, backlogGoneSeconds } = figuresOf(runs.coupon);

    expect(refused).toBe(0);
    expect(longestDecisionSeconds).toBeLessThanOrEqual(3 * MINUTE);
    expect(backlogGoneSeconds).toBeLessThanOrEqual(5 * MINUTE);
  });

  it('decides and publishes each order of an announced campaign within twenty seconds', () => {
    const { refused, longestDecisionSeconds, longestPublicationSeconds } = figuresOf(runs.campaign);

    expect(refused).toBe(0);
    expect(longestDecisionSeconds).toBeLessThanOrEqual(20);
    expect(longestPublicationSeconds).toBeLessThanOrEqual(20);
  });

  it('handles a usual day with the minimum of tasks', () => {
    const { refused, longestDecisionSeconds, tasksMax } = figuresOf(runs['day-night']);
    const { api, worker, 'stream-relay': relay } = platform.services;

    expect({ refused, tasksMax }).toEqual({
      refused: 0,
      tasksMax: { api: api.minTasks, worker: worker.minTasks, 'stream-relay': relay.minTasks },
    });
    expect(longestDecisionSeconds).toBeLessThanOrEqual(2);
  });

  it('loses no order of a flash of five times its design load, and has caught up in eleven minutes', () => {
    expect(runs.flash.left).toEqual({ undecided: 0, unpublished: 0 });
    expect(figuresOf(runs.flash).backlogGoneSeconds).toBeLessThanOrEqual(11 * MINUTE);
  });
});

function page(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** The rows of a table, found by the heading above it and its first header cell. */
function tableOf(path: string, heading: string, firstCell: string): string[][] {
  const [, section = ''] = page(path).split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n');
  const rows = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const from = rows.findIndex(([cell], n) => cell === firstCell && /^-+$/.test(rows[n + 1]?.[0] ?? '')) + 2;
  const length = rows.slice(from).findIndex((row) => row.length === 0);
  return rows.slice(from, from + length);
}

const whole = (value: number) => Math.round(value).toLocaleString('en-US');

function enumeration(values: readonly (string | number)[]): string {
  return `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
}

it('scales by what a task was measured to do', () => {
  const { api, worker, 'stream-relay': relay } = scalingPolicies(production);
  const targetOf = (policies: typeof api, id: string) =>
    (policies.find((policy) => policy.id === id) as TargetTracking).target;
  const { rates } = settingOf(platform);
  expect(targetOf(api, 'Requests') / 60).toBeLessThanOrEqual(0.6 * rates.api);
  expect(targetOf(worker, 'Backlog') / 5 / rates.worker).toBeCloseTo(1, 1);
  expect(targetOf(relay, 'UnrelayedRecords') / rates['stream-relay']).toBeCloseTo(1, 1);
});

describe("infra/README.md's table of scaling", () => {
  const { api, worker, 'stream-relay': relay } = scalingPolicies(production);
  const targetOf = (policies: typeof api, id: string) =>
    whole((policies.find((policy) => policy.id === id) as TargetTracking).target);
  const stepsOf = (policies: typeof api, textOf: (from: number) => string) => {
    const { steps } = policies.find(({ kind }) => kind === 'steps') as StepScaling;
    const texts = [steps.map(({ from }) => textOf(from)), steps.map(({ add }) => add)].map(enumeration);
    return `from ${texts.join(' on ')} more at once`;
  };

  it('has the figures of production', () => {
    const [pending, requests, cpu] = ['PendingEnqueue', 'Requests', 'Cpu'].map((id) => targetOf(api, id));
    expect(tableOf('infra/README.md', 'Scaling', 'service').map((row) => [row[0], row[2]])).toEqual([
      ['api', `${pending} a task, ${requests} a minute and task, ${cpu} %`],
      ['worker', `${targetOf(worker, 'Backlog')}; ${stepsOf(worker, whole)}`],
      [
        'stream-relay',
        `${targetOf(relay, 'UnrelayedRecords')}; ${stepsOf(relay, (milliseconds) => `${milliseconds / 1_000} s`)}`,
      ],
    ]);
  });
});

describe('docs/scaling.md', () => {
  const documented = (heading: string, firstCell: string) => tableOf('docs/scaling.md', heading, firstCell);

  it('has the figures of each profile', () => {
    const simulated = profileNames.map((name) => [
      name,
      ...figureRows(figuresOf(runs[name])).map(([, value]) => value),
    ]);
    expect(documented('Simulated', 'profile').map((row) => row.toSpliced(1, 1))).toEqual(simulated);
  });

  it('has the results of the coupon with one change', () => {
    expect(documented('Simulated', 'coupon')).toEqual(sensitivityRows(platform));
  });

  it('has the results of an unannounced sale with more idle tasks', () => {
    expect(documented('What is accepted without an announcement', 'idle tasks')).toEqual(fleetRows(platform));
  });
});

it('docs/scaling.md has the monthly costs', async () => {
  const { month } = monthlyCosts();
  const rows = ORDERS_A_MONTH.map((orders) => {
    const { containers, lambda } = month(orders);
    return [orders === 0 ? 'none' : whole(orders), `$${whole(containers)}`, `$${whole(lambda)}`];
  });
  const header = ['orders a month', 'containers', 'Lambda'];
  const { text, current } = await pageOf({ page: 'scaling.md', name: 'costs', header, rows });
  expect(text).toBe(current);
});

it('docs/scaling.md has the idle costs of each stage, and their levers', async () => {
  const { text, current } = await pageOf({
    page: 'scaling.md',
    name: 'levers',
    header: LEVER_COLUMNS,
    rows: leverRows(),
  });
  expect(text).toBe(current);
});

it('small costs less than $60 a month when idle', () => {
  expect(sum(idleCosts(stages['small'] as StageConfig))).toBeLessThan(60);
});

it('other documents have the same costs as docs/scaling.md', () => {
  const [small, dev, production] = Object.values(stages).map((config) => `$${whole(sum(idleCosts(config)))}`);
  expect(page('docs/deploying.md')).toContain(
    `${small} a month idle in \`small\`, ${dev} in dev, ${production} in production`,
  );
  const decision = page('docs/decisions/0014-containers-and-what-they-cost.md');
  expect(decision).toContain(`costs ${production} in production`);
  expect(decision).toContain(`would pay $${whole(monthlyCosts().month(0).lambda)} a month`);
});

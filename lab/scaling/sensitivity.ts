import type { ScalingPolicy } from '../../infra/lib/scaling/scaling-policies.ts';
import { count } from '../charts/line-chart.ts';
import { NEW_TABLE_WRITE_UNITS, type Assumptions } from './assumptions.ts';
import { duration, figuresOf } from './figures.ts';
import { taskDollars } from './idle-costs.ts';
import { perService, serviceNames, type Platform, type ScaledService, type ServiceName } from './platform.ts';
import { profileOf } from './profiles.ts';
import { settingOf, worstRun, type Setting } from './simulation.ts';

export const SENSITIVITY_COLUMNS = ['coupon', 'decided after', 'published after', 'backlog gone', 'refused'] as const;

/** The coupon with one change at a time: it shows the effect of the constants and the assumptions. */
export function sensitivityRows(platform: Platform): string[][] {
  return Object.entries(variants(platform)).map(([what, setting]) => {
    const { longestDecisionSeconds, longestPublicationSeconds, backlogGoneSeconds, refused } = figuresOf(
      worstRun(setting, profileOf('coupon', platform)),
    );
    const durations = [longestDecisionSeconds, longestPublicationSeconds, backlogGoneSeconds].map(duration);
    return [what, ...durations, count(refused)];
  });
}

function variants(platform: Platform): Record<string, Setting> {
  const usual = settingOf(platform);
  const { api, worker } = platform.services;
  const assuming = (changes: Partial<Assumptions>) => ({
    ...usual,
    assumptions: { ...usual.assumptions, ...changes },
  });
  const having = (name: ServiceName, changes: Partial<ScaledService>) => ({
    ...usual,
    platform: {
      ...platform,
      services: { ...platform.services, [name]: { ...platform.services[name], ...changes } },
    },
  });
  const only = (kept: ScalingPolicy['kind']) => worker.policies.filter(({ kind }) => kind === kept);
  const late = { queueMetricDelaySeconds: 120 };
  const slow = { taskStartSeconds: 90 };
  return {
    'as it is': usual,
    'worker with steps only': having('worker', { policies: only('steps') }),
    'worker with target tracking only': having('worker', { policies: only('target-tracking') }),
    'metrics of the queue at once': assuming({ queueMetricDelaySeconds: 0 }),
    'metrics of the queue 2 min late': assuming(late),
    'tasks that start in 90 s': assuming(slow),
    'both, and metrics of the services 1 min late': assuming({ ...late, ...slow, serviceMetricDelaySeconds: 60 }),
    'one api task fewer': having('api', { minTasks: api.minTasks - 1 }),
    'one worker more': having('worker', { minTasks: worker.minTasks + 1 }),
    'a table on its first day, not warmed': assuming({ tableWriteUnits: NEW_TABLE_WRITE_UNITS }),
    'tasks that do 30 % less': { ...usual, rates: perService((name) => usual.rates[name] * 0.7) },
  };
}

export const FLEET_COLUMNS = [
  'idle tasks',
  'write units',
  'refused',
  'decided after',
  'published after',
  '$ a month',
] as const;

/** Idle tasks of the api, the worker and the relay, and the write units for which the table is warmed. */
const FLEETS = [
  { tasks: [3, 1, 1], tableWriteUnits: 10_000 },
  { tasks: [13, 4, 3], tableWriteUnits: 20_000 },
  { tasks: [13, 8, 6], tableWriteUnits: 20_000 },
] as const;

/** The unannounced sale of 10,000 orders a second with more idle tasks, and what these cost. */
export function fleetRows(platform: Platform): string[][] {
  const usual = settingOf(platform);
  return FLEETS.map(({ tasks, tableWriteUnits }) => {
    const services = perService((name) => ({
      ...platform.services[name],
      minTasks: tasks[serviceNames.indexOf(name)] as number,
    }));
    const assumptions = { ...usual.assumptions, tableWriteUnits };
    const figures = figuresOf(
      worstRun({ ...usual, platform: { services }, assumptions }, profileOf('flash', platform)),
    );
    const dollars = serviceNames.reduce((sum, name) => sum + services[name].minTasks * taskDollars(services[name]), 0);
    return [
      tasks.join(', '),
      count(tableWriteUnits),
      `${(figures.refusedShare * 100).toFixed(1)} %`,
      duration(figures.longestDecisionSeconds),
      duration(figures.longestPublicationSeconds),
      dollars.toFixed(0),
    ];
  });
}

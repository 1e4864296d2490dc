import type { ScalingPolicy } from '../../infra/lib/scaling/scaling-policies.ts';
import { count } from '../charts/line-chart.ts';
import { NEW_TABLE_WRITE_UNITS, type Assumptions } from './assumptions.ts';
import { duration, figuresOf } from './figures.ts';
import { perService, type Platform, type ScaledService, type ServiceName } from './platform.ts';
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

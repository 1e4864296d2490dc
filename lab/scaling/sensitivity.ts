import { assumptions as usual, type Assumptions } from './assumptions.ts';
import { figuresOf } from './figures.ts';
import type { TaskRates } from './pipeline.ts';
import { profileOf } from './profiles.ts';
import { count, duration } from './report-text.ts';
import type { Platform, ScaledService, ServiceName } from './scaled-service.ts';
import { worstRun } from './simulation.ts';
import { taskRates } from './task-rates.ts';

interface Variant {
  readonly what: string;
  readonly platform: Platform;
  readonly rates: TaskRates;
  readonly assumptions: Assumptions;
}

/** The coupon with one thing at a time otherwise: what the constants are for, and what the result hangs on. */
export function sensitivityText(platform: Platform): string {
  const rows = variants(platform).map(({ what, platform, rates, assumptions }) => {
    const figures = figuresOf(worstRun(platform, profileOf('coupon', platform), rates, assumptions));
    const { backlogGoneSeconds: gone, worstDecisionSeconds, worstUntoldSeconds, refused } = figures;
    const cells = [
      duration(worstDecisionSeconds),
      duration(worstUntoldSeconds),
      gone === undefined ? 'never' : duration(gone),
    ];
    return row(what, [...cells, count(refused)]);
  });
  const head = row('coupon', ['decided after', 'told after', 'backlog gone', 'refused']);
  return `${[head, ...rows].join('\n')}\n`;
}

function variants(platform: Platform): Variant[] {
  const as = { platform, rates: taskRates(platform), assumptions: usual };
  const { api, worker } = platform.services;
  const slower = {
    api: as.rates.api * 0.7,
    worker: as.rates.worker * 0.7,
    'stream-relay': as.rates['stream-relay'] * 0.7,
  };
  const tracked = worker.policies.filter(({ kind }) => kind === 'target-tracking');
  const late = { ...usual, taskStartSeconds: 90, queueMetricDelaySeconds: 120, customMetricDelaySeconds: 60 };
  return [
    { ...as, what: 'as it is' },
    {
      ...as,
      what: 'worker without steps, target tracking only',
      platform: changed(platform, 'worker', { policies: tracked }),
    },
    { ...as, what: 'one api task fewer', platform: changed(platform, 'api', { min: api.min - 1 }) },
    { ...as, what: 'one worker more', platform: changed(platform, 'worker', { min: worker.min + 1 }) },
    {
      ...as,
      what: 'a table on its first day, not warmed',
      platform: { ...platform, warmWriteUnits: { table: undefined, index: undefined } },
    },
    { ...as, what: 'tasks that start in 90 s', assumptions: { ...usual, taskStartSeconds: 90 } },
    { ...as, what: 'metrics of the queue 2 min late', assumptions: { ...usual, queueMetricDelaySeconds: 120 } },
    { ...as, what: 'both, and custom metrics 1 min late', assumptions: late },
    { ...as, what: 'tasks that do 30 % less', rates: slower },
  ];
}

function changed(platform: Platform, name: ServiceName, changes: Partial<ScaledService>): Platform {
  const service = { ...platform.services[name], ...changes };
  return { ...platform, services: { ...platform.services, [name]: service } };
}

function row(what: string, cells: readonly string[]): string {
  return `  ${what.padEnd(44)} ${cells.map((cell) => cell.padStart(14)).join('')}`;
}

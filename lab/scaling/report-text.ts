import type { Figures } from './figures.ts';
import type { TaskRates } from './pipeline.ts';
import { type Platform, type ScalingPolicy, serviceNames } from './scaled-service.ts';
import type { Profile } from './profiles.ts';

/** The figures of a run by the words for them, as the terminal, the page and the documentation have them. */
export function figureRows(figures: Figures): [string, string][] {
  const { tasksMax } = figures;
  return [
    ['orders accepted', count(figures.accepted)],
    ['orders refused (503)', `${count(figures.refused)} (${percent(figures.refused, figures.demanded)})`],
    ['worst backlog of the orders queue', count(figures.worstBacklog)],
    ['worst wait for a decision', duration(figures.worstDecisionSeconds)],
    ['worst wait until told to the topic', duration(figures.worstUntoldSeconds)],
    [
      'backlog gone after the peak began',
      figures.backlogGoneSeconds === undefined ? 'never' : duration(figures.backlogGoneSeconds),
    ],
    ['tasks at most: api, worker, relay', serviceNames.map((name) => tasksMax[name]).join(', ')],
    ['tasks and orders', `$${figures.dollars.toFixed(2)}`],
  ];
}

export function runText(profile: Profile, figures: Figures): string {
  const rows = figureRows(figures).map(([name, value]) => `  ${name.padEnd(38)} ${value}`);
  return [`${profile.name}: ${profile.description}`, ...rows, ''].join('\n');
}

/** What was read out of the template, so that nobody has to guess what was played. */
export function platformText(platform: Platform, rates: TaskRates): string {
  return serviceNames
    .flatMap((name) => {
      const service = platform.services[name];
      const size = `${service.vcpu} vCPU, ${service.min} to ${service.max} tasks of ${Math.floor(rates[name])} orders/s`;
      return [`${name}: ${size}`, ...service.policies.map((policy) => `  ${policyText(policy)}`)];
    })
    .concat('')
    .join('\n');
}

export function policyText(policy: ScalingPolicy): string {
  const { source } = policy;
  const every = `every ${source.periodSeconds} s`;
  if (policy.kind === 'target-tracking') return `${source.text} at ${policy.target}, ${every}`;
  const steps = policy.steps
    .filter(({ adjustment }) => adjustment !== 0)
    .map(({ from, adjustment }) => `from ${from + policy.threshold}: ${adjustment > 0 ? '+' : ''}${adjustment}`);
  return `${source.text} in steps (${policy.adjustmentType}), ${every}: ${steps.join(', ')}`;
}

export function duration(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((part / whole) * 100).toFixed(1)} %`;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stages } from '../lib/stages.ts';
import type { StageConfig } from '../lib/config.ts';
import { goldenTemplate, goldenTemplates } from './golden-templates.ts';
import { list, object } from './rule.ts';
import { resourcesOf } from './template.ts';

const { services } = stages['production'] as StageConfig;

/** The number of tasks beyond the base that run on Spot, by weight. */
function spotTasks(): number {
  const [worker] = resourcesOf(goldenTemplate('services'), 'AWS::ECS::Service').filter(({ id }) =>
    id.startsWith('Worker'),
  );
  const [onDemand, spot] = list(worker?.properties['CapacityProviderStrategy']).map(object);
  const share = Number(spot?.['Weight']) / (Number(spot?.['Weight']) + Number(onDemand?.['Weight']));
  return (services.worker.maxTasks - Number(onDemand?.['Base'])) * share;
}

describe('docs/first-day-drill.md', () => {
  it('rings alarms that exist', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/first-day-drill.md'), 'utf8');
    const names = [...page.matchAll(/--alarm-name \$P-([\w-]+)/g)].map(([, name]) => name);
    const templates = JSON.stringify(goldenTemplates());
    expect(names.filter((name) => !templates.includes(`"AlarmName":"fargate-orders-production-${name}"`))).toEqual([]);
    expect(names).toHaveLength(3);
  });
});
/** The prefixes of IAM that are not the lower case of the name in CloudFormation. */
const PREFIXES: Readonly<Record<string, string>> = {
  ApplicationAutoScaling: 'application-autoscaling',
  Cognito: 'cognito-idp',
  ElasticLoadBalancingV2: 'elasticloadbalancing',
  StepFunctions: 'states',
};

describe('docs/deploying.md', () => {
  it('lists the services that region restrictions must allow', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/deploying.md'), 'utf8');
    const [, section = ''] = page.split('- **Region restrictions**');
    const [listed = ''] = section.split('- **Operators');
    const types = Object.values(goldenTemplates()).flatMap(({ Resources }) => Object.values(Resources));
    const services = new Set(types.map(({ Type }) => Type.split('::')[1] ?? ''));
    const missing = [...services].filter((name) => !listed.includes(`\`${PREFIXES[name] ?? name.toLowerCase()}\``));
    expect(missing).toEqual([]);
  });

  it('states the vCPU quotas that production needs at its maximum', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/deploying.md'), 'utf8');
    const [, onDemand, spot] = /Production at its maximum wants (\d+)\s+and (\d+)/.exec(page) ?? [];
    const vcpus = Object.values(services).reduce((sum, { cpu, maxTasks }) => sum + (cpu / 1_024) * maxTasks, 0);
    const onSpot = (spotTasks() * services.worker.cpu) / 1_024;
    expect([Number(onDemand), Number(spot)]).toEqual([vcpus - onSpot, onSpot]);
  });
});

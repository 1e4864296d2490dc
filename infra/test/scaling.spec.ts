import { stages } from '../lib/stages.ts';
import type { StageConfig } from '../lib/config.ts';
import { goldenTemplate } from './golden-templates.ts';
import { resourcesOf, type Properties, type Template } from './template.ts';

const golden = goldenTemplate('services');
const { services, campaigns } = stages['production'] as StageConfig;

/** The policies of a service, by the id of its construct. */
function policies(template: Template, service: string): Properties[] {
  return resourcesOf(template, 'AWS::ApplicationAutoScaling::ScalingPolicy')
    .filter(({ id }) => id.startsWith(service))
    .map(({ properties }) => properties);
}

function tracking(template: Template, service: string, policyName: string): Properties {
  const policy = policies(template, service).find(({ PolicyName }) => PolicyName === policyName);
  return policy?.['TargetTrackingScalingPolicyConfiguration'] as Properties;
}

function steps(template: Template, service: string): { threshold: number; steps: unknown } {
  const [alarm] = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(({ id }) => id.startsWith(`${service}Tasks`));
  const step = policies(template, service).find(({ PolicyType }) => PolicyType === 'StepScaling');
  const { StepAdjustments } = (step?.['StepScalingPolicyConfiguration'] ?? {}) as Properties;
  return { threshold: Number(alarm?.properties['Threshold']), steps: StepAdjustments };
}

/** What production's policies and bounds are, each by the words for it. */
const checks: Readonly<Record<string, (template: Template) => void>> = {
  'the worker has a task for each 3,750 messages of the orders queue, five seconds of its work': (template) => {
    const backlog = tracking(template, 'Worker', 'backlog-per-task');
    expect(backlog).toMatchObject({ TargetValue: 3_750, ScaleOutCooldown: 30, ScaleInCooldown: 300 });
    const metrics = (backlog['CustomizedMetricSpecification'] as { Metrics: Properties[] }).Metrics;
    expect(metrics.filter(({ ReturnData }) => ReturnData)).toEqual([
      expect.objectContaining({ Expression: '(FILL(visible, 0) + FILL(inFlight, 0)) / FILL(running, REPEAT)' }),
    ]);
    expect(metrics.map(({ Id, MetricStat }) => [Id, (MetricStat as Properties | undefined)?.['Stat']])).toEqual([
      ['visible', 'Maximum'],
      ['inFlight', 'Maximum'],
      ['running', 'SampleCount'],
      ['backlogOfTask', undefined],
    ]);
  },
  'the worker gets more at once for a spike': (template) => {
    expect(steps(template, 'Worker')).toEqual({
      threshold: 9_000,
      steps: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 36_000, ScalingAdjustment: 4 },
        { MetricIntervalLowerBound: 36_000, MetricIntervalUpperBound: 126_000, ScalingAdjustment: 8 },
        { MetricIntervalLowerBound: 126_000, ScalingAdjustment: 20 },
      ],
    });
  },
  'the api is scaled by what SQS has not acknowledged, by requests and by CPU, never by the depth of the queue': (
    template,
  ) => {
    expect(tracking(template, 'Api', 'pending-enqueue-per-task')).toMatchObject({
      TargetValue: 40,
      CustomizedMetricSpecification: { MetricName: 'PendingEnqueue', Statistic: 'Average' },
    });
    expect(tracking(template, 'Api', 'requests-per-task')).toMatchObject({ TargetValue: 24_480 });
    expect(tracking(template, 'Api', 'cpu')).toMatchObject({ TargetValue: 60 });
    expect(policies(template, 'Api')).toHaveLength(3);
    expect(JSON.stringify(policies(template, 'Api'))).not.toContain('ApproximateNumberOfMessages');
  },
  'the stream-relay gets more by its lag, from 5 s, 30 s and 120 s on': (template) => {
    expect(steps(template, 'StreamRelay')).toEqual({
      threshold: 5_000,
      steps: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 25_000, ScalingAdjustment: 1 },
        { MetricIntervalLowerBound: 25_000, MetricIntervalUpperBound: 115_000, ScalingAdjustment: 2 },
        { MetricIntervalLowerBound: 115_000, ScalingAdjustment: 4 },
      ],
    });
  },
  'the stream-relay gets more by what it has read and not relayed, and goes back slowly': (template) => {
    expect(tracking(template, 'StreamRelay', 'unrelayed-records-per-task')).toMatchObject({
      TargetValue: 860,
      ScaleInCooldown: 600,
    });
  },
  'Spot has no worker on which the stage or a sale counts': (template) => {
    const [worker] = resourcesOf(template, 'AWS::ECS::Service').filter(({ id }) => id.startsWith('Worker'));
    expect(worker?.properties['CapacityProviderStrategy']).toEqual([
      { CapacityProvider: 'FARGATE', Base: campaigns[0]?.minTasks.worker, Weight: 1 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 4 },
    ]);
  },
  'the number of tasks has the bounds of the stage, and those of a sale': (template) => {
    for (const id of ['Api', 'Worker', 'StreamRelay'] as const) {
      const name = ({ Api: 'api', Worker: 'worker', StreamRelay: 'stream-relay' } as const)[id];
      const { minTasks, maxTasks } = services[name];
      const [target] = resourcesOf(template, 'AWS::ApplicationAutoScaling::ScalableTarget').filter((one) =>
        one.id.startsWith(id),
      );
      expect(target?.properties).toMatchObject({
        MinCapacity: minTasks,
        MaxCapacity: maxTasks,
        ScheduledActions: [
          // A quarter of an hour ahead.
          { Schedule: 'at(2027-11-26T07:45:00)', ScalableTargetAction: { MinCapacity: campaigns[0]?.minTasks[name] } },
          { Schedule: 'at(2027-11-26T22:00:00)', ScalableTargetAction: { MinCapacity: minTasks } },
        ],
      });
    }
  },
};

describe('the scaling of production', () => {
  it.each(Object.entries(checks))('%s', (_, check) => {
    expect(() => check(golden)).not.toThrow();
  });
});

describe('a check', () => {
  const broken: readonly [string, RegExp, string][] = [
    ['the worker has a task', /"TargetValue": ?3750/, '"TargetValue":2500'],
    ['the worker has a task', /FILL\(running, REPEAT\)/, 'running'],
    ['the worker gets more', /"ScalingAdjustment": ?20/, '"ScalingAdjustment":2'],
    ['the worker gets more', /"Threshold": ?9000/, '"Threshold":30000'],
    ['the api is scaled', /"PendingEnqueue"/, '"ApproximateNumberOfMessagesVisible"'],
    ['the api is scaled', /"TargetValue": ?24480/, '"TargetValue":48960'],
    ['the stream-relay gets more by its lag', /"Threshold": ?5000/, '"Threshold":60000'],
    ['the stream-relay gets more by what', /"ScaleInCooldown": ?600/, '"ScaleInCooldown":30'],
    ['Spot has no worker', /"Weight": ?4/, '"Weight":40'],
    ['the number of tasks', /at\(2027-11-26T07:45:00\)/, 'at(2027-11-26T08:00:00)'],
    ['the number of tasks', /"MaxCapacity": ?40/, '"MaxCapacity":4'],
  ];

  it.each(broken)('is seen to fail: %s, %s as %s', (name, from, to) => {
    const changed = JSON.stringify(golden).replace(from, to);
    expect(changed).not.toBe(JSON.stringify(golden));
    const found = Object.entries(checks).filter(([title]) => title.startsWith(name));
    expect(found).toHaveLength(1);
    for (const [, check] of found) expect(() => check(JSON.parse(changed) as Template)).toThrow(/expect/);
  });

  it('is seen to fail, each', () => {
    const names = broken.map(([name]) => name);
    expect(Object.keys(checks).filter((title) => !names.some((name) => title.startsWith(name)))).toEqual([]);
  });
});

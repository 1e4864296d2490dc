import { serviceNames, type ServiceName, type StageConfig } from '../lib/config.ts';
import {
  expressionOf,
  metricsIn,
  scalingMetrics,
  scalingPolicies,
  scheduledMinimums,
  type ScalingMetric,
  type ScalingPolicy,
} from '../lib/scaling/scaling-policies.ts';
import { stages } from '../lib/stages.ts';
import { goldenTemplate } from './golden-templates.ts';
import { list, object, text } from './rule.ts';
import { referredId, resourcesOf, type Found, type Properties, type Template } from './template.ts';

const golden = goldenTemplate('services');
const production = stages['production'] as StageConfig;

const constructs: Readonly<Record<ServiceName, string>> = {
  api: 'Api',
  worker: 'Worker',
  'stream-relay': 'StreamRelay',
};

function ofService(template: Template, type: string, service: ServiceName): Found[] {
  return resourcesOf(template, type).filter(({ id }) => id.startsWith(constructs[service]));
}

/** A policy of scaling-policies.ts or of the template, with everything that the simulator uses. */
interface Summary {
  readonly name?: string;
  /** The metric with its statistic, or the metrics by id and their expression. */
  readonly follows: unknown;
  readonly target?: unknown;
  readonly steps?: readonly { readonly from: number; readonly add: unknown }[];
  readonly cooldownSeconds: unknown;
}

function configured({ follows, ...policy }: ScalingPolicy): Summary {
  const nameOf = (id: ScalingMetric) => {
    const metric = scalingMetrics[id];
    return 'predefined' in metric ? metric.predefined : `${metric.name} ${metric.statistic}`;
  };
  const read =
    typeof follows === 'string'
      ? nameOf(follows)
      : {
          metrics: Object.fromEntries(metricsIn(follows).map((metric) => [metric, nameOf(metric)])),
          expression: expressionOf(follows),
        };
  if (policy.kind === 'steps') return { follows: read, steps: policy.steps, cooldownSeconds: policy.cooldownSeconds };
  const { name, target, cooldownSeconds } = policy;
  return { name, follows: read, target, cooldownSeconds };
}

function synthesized(template: Template, { id, properties }: Found): Summary {
  const tracking = object(properties['TargetTrackingScalingPolicyConfiguration']);
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } = tracking;
  if (properties['PolicyType'] === 'StepScaling') return synthesizedSteps(template, id, properties);
  return {
    name: text(properties['PolicyName']),
    follows: predefined ? object(predefined)['PredefinedMetricType'] : readBy(object(customized)),
    target: tracking['TargetValue'],
    cooldownSeconds: { out: tracking['ScaleOutCooldown'], in: tracking['ScaleInCooldown'] },
  };
}

function synthesizedSteps(template: Template, id: string, properties: Properties): Summary {
  const [alarm] = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(
    (found) => referredId(list(found.properties['AlarmActions'])[0]) === id,
  );
  // One minute is enough, and missing data is treated as missing: the simulator supports no other alarm.
  expect(alarm?.properties).toMatchObject({
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
  });
  expect(alarm?.properties).not.toHaveProperty('DatapointsToAlarm');
  expect(alarm?.properties).not.toHaveProperty('TreatMissingData');
  const configuration = object(properties['StepScalingPolicyConfiguration']);
  expect(configuration).toMatchObject({ AdjustmentType: 'ChangeInCapacity' });
  return {
    follows: readBy(alarm?.properties ?? {}),
    steps: list(configuration['StepAdjustments'])
      .map(object)
      .map(({ MetricIntervalLowerBound: lower, ScalingAdjustment: add }) => ({
        from: Number(alarm?.properties['Threshold']) + Number(lower),
        add,
      })),
    cooldownSeconds: configuration['Cooldown'],
  };
}

function readBy({ MetricName, Statistic, Metrics }: Properties): unknown {
  if (Metrics === undefined) return `${text(MetricName)} ${text(Statistic)}`;
  const queries = list(Metrics).map(object);
  const [result] = queries.filter(({ ReturnData }) => ReturnData !== false);
  const metrics = queries.flatMap(({ Id, MetricStat }) => {
    const { Metric, Stat } = object(MetricStat);
    return Metric === undefined ? [] : [[text(Id), `${text(object(Metric)['MetricName'])} ${text(Stat)}`]];
  });
  return { metrics: Object.fromEntries(metrics) as unknown, expression: result?.['Expression'] };
}

/** Checks of production's template, by title. */
const checks: Readonly<Record<string, (template: Template) => void>> = {
  'the policies are those of scaling-policies.ts, which the simulator uses': (template) => {
    for (const service of serviceNames) {
      const found = ofService(template, 'AWS::ApplicationAutoScaling::ScalingPolicy', service);
      const summaries = found.map((policy) => synthesized(template, policy));
      const expected = scalingPolicies(production)[service].map(configured);
      expect(summaries).toHaveLength(expected.length);
      expect(summaries).toEqual(expect.arrayContaining(expected));
    }
  },
  'each service scales by its own queue, the api never by the depth of the orders queue': (template) => {
    const [api, worker, relay] = serviceNames.map((service) =>
      JSON.stringify([
        ...ofService(template, 'AWS::ApplicationAutoScaling::ScalingPolicy', service),
        ...ofService(template, 'AWS::CloudWatch::Alarm', service),
      ]),
    );
    expect(api).toContain('PendingEnqueue');
    expect(api).not.toContain('ApproximateNumberOfMessages');
    expect(worker).toContain('"(visible + inFlight) / FILL(running, REPEAT)"');
    expect(relay).toContain('IteratorAge');
  },
  'Spot runs none of the first workers': (template) => {
    const [worker] = ofService(template, 'AWS::ECS::Service', 'worker');
    expect(worker?.properties['CapacityProviderStrategy']).toEqual([
      { CapacityProvider: 'FARGATE', Base: production.services.worker.onDemandTasks, Weight: 1 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 4 },
    ]);
  },
  'the number of tasks has the bounds of the stage, and the minimums of a campaign 15 minutes before its start': (
    template,
  ) => {
    for (const service of serviceNames) {
      const { minTasks, maxTasks } = production.services[service];
      const minimums = scheduledMinimums(production, service);
      expect(minimums.map(({ at }) => at.toISOString())).toEqual([
        '2027-11-26T07:45:00.000Z',
        '2027-11-26T22:00:00.000Z',
      ]);
      const [target] = ofService(template, 'AWS::ApplicationAutoScaling::ScalableTarget', service);
      expect(target?.properties).toMatchObject({
        MinCapacity: minTasks,
        MaxCapacity: maxTasks,
        ScheduledActions: minimums.map(({ at, minTasks: MinCapacity }) => ({
          Schedule: `at(${at.toISOString().slice(0, 19)})`,
          ScalableTargetAction: { MinCapacity },
        })),
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
    ['the policies', /"TargetValue": ?3750/, '"TargetValue":2500'],
    ['the policies', /FILL\(running, REPEAT\)/, 'running'],
    ['the policies', /"Stat": ?"Maximum"/, '"Stat":"Sum"'],
    ['the policies', /"ScalingAdjustment": ?20/, '"ScalingAdjustment":2'],
    ['the policies', /"Threshold": ?9000/, '"Threshold":30000'],
    ['the policies', /"TargetValue": ?24480/, '"TargetValue":48960'],
    ['the policies', /"ScaleInCooldown": ?600/, '"ScaleInCooldown":30'],
    ['the policies', /"EvaluationPeriods": ?1,/, '"EvaluationPeriods":3,'],
    ['the policies', /"EvaluationPeriods": ?1,/, '"EvaluationPeriods":1,"TreatMissingData":"breaching",'],
    ['each service', /"PendingEnqueue"/, '"ApproximateNumberOfMessagesVisible"'],
    ['each service', /FILL\(running, REPEAT\)/, 'running'],
    ['Spot runs none', /"Weight": ?4/, '"Weight":40'],
    ['the number of tasks', /at\(2027-11-26T07:45:00\)/, 'at(2027-11-26T08:00:00)'],
    ['the number of tasks', /"MaxCapacity": ?40/, '"MaxCapacity":4'],
  ];

  it.each(broken)('fails: %s, %s as %s', (name, from, to) => {
    const changed = JSON.stringify(golden).replace(from, to);
    expect(changed).not.toBe(JSON.stringify(golden));
    const found = Object.entries(checks).filter(([title]) => title.startsWith(name));
    expect(found).toHaveLength(1);
    for (const [, check] of found) expect(() => check(JSON.parse(changed) as Template)).toThrow(/expect/);
  });

  it('is tested with at least one failure', () => {
    const names = broken.map(([name]) => name);
    expect(Object.keys(checks).filter((title) => !names.some((name) => title.startsWith(name)))).toEqual([]);
  });
});

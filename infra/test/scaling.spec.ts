import { stages } from '../lib/stages.ts';
import type { StageConfig } from '../lib/config.ts';
import { goldenTemplate } from './golden-templates.ts';
import { resourcesOf, type Properties } from './template.ts';

const template = goldenTemplate('services');
const { services, campaigns } = stages['production'] as StageConfig;

/** The policies of a service, by the id of its construct. */
function policies(service: string): Properties[] {
  return resourcesOf(template, 'AWS::ApplicationAutoScaling::ScalingPolicy')
    .filter(({ id }) => id.startsWith(service))
    .map(({ properties }) => properties);
}

function tracking(service: string, policyName: string): Properties {
  const policy = policies(service).find(({ PolicyName }) => PolicyName === policyName);
  return policy?.['TargetTrackingScalingPolicyConfiguration'] as Properties;
}

function steps(service: string): { threshold: number; steps: unknown } {
  const [alarm] = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(({ id }) => id.startsWith(`${service}Tasks`));
  const step = policies(service).find(({ PolicyType }) => PolicyType === 'StepScaling');
  const { StepAdjustments } = (step?.['StepScalingPolicyConfiguration'] ?? {}) as Properties;
  return { threshold: Number(alarm?.properties['Threshold']), steps: StepAdjustments };
}

describe('the worker', () => {
  it('has a task for each 3,750 messages of the orders queue, five seconds of its work', () => {
    const backlog = tracking('Worker', 'backlog-per-task');
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
  });

  it('gets more at once for a spike', () => {
    expect(steps('Worker')).toEqual({
      threshold: 9_000,
      steps: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 36_000, ScalingAdjustment: 4 },
        { MetricIntervalLowerBound: 36_000, MetricIntervalUpperBound: 126_000, ScalingAdjustment: 8 },
        { MetricIntervalLowerBound: 126_000, ScalingAdjustment: 20 },
      ],
    });
  });
});

describe('the api', () => {
  it('is scaled by what SQS has not acknowledged, by requests and by CPU, never by the depth of the queue', () => {
    expect(tracking('Api', 'pending-enqueue-per-task')).toMatchObject({
      TargetValue: 40,
      CustomizedMetricSpecification: { MetricName: 'PendingEnqueue', Statistic: 'Average' },
    });
    expect(tracking('Api', 'requests-per-task')).toMatchObject({ TargetValue: 24_480 });
    expect(tracking('Api', 'cpu')).toMatchObject({ TargetValue: 60 });
    expect(policies('Api')).toHaveLength(3);
    expect(JSON.stringify(policies('Api'))).not.toContain('ApproximateNumberOfMessages');
  });
});

describe('the stream-relay', () => {
  it('gets more by its lag, from 5 s, 30 s and 120 s on', () => {
    expect(steps('StreamRelay')).toEqual({
      threshold: 5_000,
      steps: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 25_000, ScalingAdjustment: 1 },
        { MetricIntervalLowerBound: 25_000, MetricIntervalUpperBound: 115_000, ScalingAdjustment: 2 },
        { MetricIntervalLowerBound: 115_000, ScalingAdjustment: 4 },
      ],
    });
  });

  it('gets more by what it has read and not relayed, and goes back slowly', () => {
    expect(tracking('StreamRelay', 'unrelayed-records-per-task')).toMatchObject({
      TargetValue: 860,
      ScaleInCooldown: 600,
    });
  });
});

describe('Spot', () => {
  it('has no worker on which the stage or a sale counts', () => {
    const [worker] = resourcesOf(template, 'AWS::ECS::Service').filter(({ id }) => id.startsWith('Worker'));
    expect(worker?.properties['CapacityProviderStrategy']).toEqual([
      { CapacityProvider: 'FARGATE', Base: campaigns[0]?.minTasks.worker, Weight: 1 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 4 },
    ]);
  });
});

describe('the number of tasks', () => {
  it.each(['Api', 'Worker', 'StreamRelay'] as const)('of %s has the bounds of the stage, and those of a sale', (id) => {
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
  });
});

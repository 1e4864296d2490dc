import { platformOf } from './platform.ts';
import type { Resources } from './template.ts';

const alarm = {
  MetricName: 'ApproximateNumberOfMessagesVisible',
  Namespace: 'AWS/SQS',
  Statistic: 'Maximum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 100,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  AlarmActions: [{ Ref: 'workerSteps' }],
};

const tracked = (specification: object) => ({
  Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
  Properties: {
    PolicyType: 'TargetTrackingScaling',
    ScalingTargetId: { Ref: 'workerTasks' },
    TargetTrackingScalingPolicyConfiguration: { TargetValue: 5, ...specification },
  },
});

function resources(changes: Resources = {}): Resources {
  const services = ['api', 'worker', 'stream-relay'].flatMap((name): [string, Resources[string]][] => [
    [
      `${name}Tasks`,
      {
        Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
        Properties: {
          MinCapacity: 1,
          MaxCapacity: 9,
          ResourceId: { 'Fn::Join': ['', ['service/orders/', { 'Fn::GetAtt': [`${name}Service`, 'Name'] }]] },
          ScheduledActions: [
            {
              ScheduledActionName: 'sale',
              Schedule: 'at(2027-11-26T07:45:00)',
              ScalableTargetAction: { MinCapacity: 4 },
            },
          ],
        },
      },
    ],
    [
      `${name}Service`,
      {
        Type: 'AWS::ECS::Service',
        Properties: {
          TaskDefinition: { Ref: `${name}Task` },
          CapacityProviderStrategy: [
            { CapacityProvider: 'FARGATE', Base: 2, Weight: 1 },
            { CapacityProvider: 'FARGATE_SPOT', Weight: 3 },
          ],
        },
      },
    ],
    [
      `${name}Task`,
      {
        Type: 'AWS::ECS::TaskDefinition',
        Properties: { Cpu: '512', Memory: '1024', ContainerDefinitions: [{ Name: 'collector' }, { Name: name }] },
      },
    ],
  ]);
  return { ...Object.fromEntries(services), ...changes };
}

const worker = (changes: Resources) => platformOf([{ Resources: resources(changes) }]).services.worker;

describe('what a template says of scaling', () => {
  it('is size, bounds, schedule and Spot of each service', () => {
    expect(worker({})).toEqual({
      name: 'worker',
      vcpu: 0.5,
      memoryGiB: 1,
      min: 1,
      max: 9,
      onDemandBase: 2,
      spotShare: 0.75,
      policies: [],
      scheduled: [{ name: 'sale', schedule: 'at(2027-11-26T07:45:00)', min: 4, max: undefined }],
    });
  });

  it('is metric math, as it is written', () => {
    const Metrics = [
      stat('visible', 'ApproximateNumberOfMessagesVisible'),
      stat('running', 'RunningTaskCount'),
      { Id: 'half', Expression: 'visible / 2', ReturnData: false },
      { Id: 'value', Expression: 'half / running' },
    ];

    const [policy] = worker({ policy: tracked({ CustomizedMetricSpecification: { Metrics } }) }).policies;

    expect(policy?.source.value((id) => ({ visible: 40, running: 4 })[id])).toBe(5);
    expect(policy?.source.metrics['visible']?.name).toBe('ApproximateNumberOfMessagesVisible');
  });

  it('is steps by the distance from their alarm', () => {
    const steps = {
      Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
      Properties: {
        PolicyType: 'StepScaling',
        ScalingTargetId: { Ref: 'workerTasks' },
        StepScalingPolicyConfiguration: {
          AdjustmentType: 'ChangeInCapacity',
          Cooldown: 30,
          StepAdjustments: [
            { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 900, ScalingAdjustment: 2 },
            { MetricIntervalLowerBound: 900, ScalingAdjustment: 8 },
          ],
        },
      },
    };

    const [policy] = worker({
      workerSteps: steps,
      alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: alarm },
    }).policies;

    expect(policy).toMatchObject({
      kind: 'step',
      threshold: 100,
      periodsToAlarm: 1,
      cooldownSeconds: 30,
      steps: [
        { from: 0, to: 900, adjustment: 2 },
        { from: 900, to: Number.POSITIVE_INFINITY, adjustment: 8 },
      ],
    });
  });

  it.each([
    [
      'a metric that is not known',
      { PredefinedMetricSpecification: { PredefinedMetricType: 'X' } },
      'the metric X is not known',
    ],
    ['an id that no metric has', math('visible / running'), 'no metric has the id running'],
    ['an expression of itself', math('value + visible'), 'refers to itself'],
    ['a function that is not known', math('RATE(visible)'), 'the function RATE is not known'],
  ])('is refused for %s', (_what, specification, message) => {
    expect(() => worker({ policy: tracked(specification) })).toThrow(message);
  });

  it('is refused when a service is missing', () => {
    const { apiTasks: _apiTasks, ...others } = resources();

    expect(() => platformOf([{ Resources: others }])).toThrow('no scalable target for api in the templates');
  });
});

function stat(Id: string, MetricName: string) {
  return { Id, ReturnData: false, MetricStat: { Stat: 'Maximum', Metric: { Namespace: 'AWS/SQS', MetricName } } };
}

function math(Expression: string) {
  const Metrics = [stat('visible', 'ApproximateNumberOfMessagesVisible'), { Id: 'value', Expression }];
  return { CustomizedMetricSpecification: { Metrics } };
}

import { metricSource, trackedSource } from './metric-source.ts';
import {
  type Platform,
  type ScaledService,
  type ScalingPolicy,
  type ScheduledBounds,
  type ServiceName,
  serviceNames,
  type StepScaling,
  type TargetTracking,
} from './scaled-service.ts';
import {
  fields,
  type Fields,
  list,
  numberOf,
  optionalNumber,
  references,
  type Resources,
  resourcesOf,
  type Template,
  TemplateError,
} from './template.ts';

/** Reads out of synthesized templates how the services scale. */
export function platformOf(templates: readonly Template[]): Platform {
  const services = new Map<ServiceName, ScaledService>();
  for (const { Resources: resources = {} } of templates)
    for (const [id, target] of resourcesOf(resources, 'AWS::ApplicationAutoScaling::ScalableTarget')) {
      const service = scaledService(resources, id, target);
      services.set(service.name, service);
    }
  const missing = serviceNames.filter((name) => !services.has(name));
  if (missing.length > 0) throw new TemplateError(`no scalable target for ${missing.join(', ')} in the templates`);
  const tables = templates.flatMap(({ Resources: resources = {} }) => resourcesOf(resources, 'AWS::DynamoDB::Table'));
  return { services: Object.fromEntries(services) as Platform['services'], warmWriteUnits: warmWriteUnits(tables) };
}

function scaledService(resources: Resources, id: string, target: Fields): ScaledService {
  const [serviceId, service] = resourcesOf(resources, 'AWS::ECS::Service').find(([serviceId]) =>
    references(target['ResourceId']).includes(serviceId),
  ) ?? [undefined, {}];
  if (serviceId === undefined)
    throw new TemplateError(`${id}: expected a target that is a service of its own template`);
  const definition = fields(resources[references(service['TaskDefinition'])[0] ?? '']?.Properties);
  return {
    name: serviceName(serviceId, definition),
    vcpu: numberOf(definition, 'Cpu', serviceId) / 1_024,
    memoryGiB: numberOf(definition, 'Memory', serviceId) / 1_024,
    min: numberOf(target, 'MinCapacity', id),
    max: numberOf(target, 'MaxCapacity', id),
    ...spotOf(list(service['CapacityProviderStrategy'])),
    policies: policiesOf(resources, id),
    scheduled: list(target['ScheduledActions']).map(scheduledBounds),
  };
}

/** The container that the task is there for has the service's name. */
function serviceName(serviceId: string, definition: Fields): ServiceName {
  const containers = list(definition['ContainerDefinitions']).map(({ Name }) => Name);
  const name = serviceNames.find((known) => containers.includes(known));
  if (name === undefined)
    throw new TemplateError(
      `${serviceId}: expected a container named ${serviceNames.join(', ')}, got ${containers.join(', ')}`,
    );
  return name;
}

function spotOf(strategy: readonly Fields[]) {
  const weight = (provider: string) =>
    optionalNumber(strategy.find(({ CapacityProvider }) => CapacityProvider === provider) ?? {}, 'Weight') ?? 0;
  const onDemand = strategy.find(({ CapacityProvider }) => CapacityProvider === 'FARGATE') ?? {};
  const all = weight('FARGATE') + weight('FARGATE_SPOT');
  return {
    onDemandBase: optionalNumber(onDemand, 'Base') ?? 0,
    spotShare: all === 0 ? 0 : weight('FARGATE_SPOT') / all,
  };
}

function policiesOf(resources: Resources, targetId: string): ScalingPolicy[] {
  return resourcesOf(resources, 'AWS::ApplicationAutoScaling::ScalingPolicy')
    .filter(([, policy]) => references(policy['ScalingTargetId']).includes(targetId))
    .map(([id, policy]) => {
      const tracking = policy['TargetTrackingScalingPolicyConfiguration'];
      if (policy['PolicyType'] === 'TargetTrackingScaling') return targetTracking(id, fields(tracking));
      if (policy['PolicyType'] === 'StepScaling')
        return stepScaling(resources, id, fields(policy['StepScalingPolicyConfiguration']));
      throw new TemplateError(`${id}: a policy of type ${String(policy['PolicyType'])} is not known here`);
    });
}

/** Application Auto Scaling's own cooldown for ECS services. */
const DEFAULT_COOLDOWN_SECONDS = 300;

function targetTracking(id: string, policy: Fields): TargetTracking {
  return {
    kind: 'target-tracking',
    source: trackedSource(policy, id),
    target: numberOf(policy, 'TargetValue', id),
    scaleOutCooldownSeconds: optionalNumber(policy, 'ScaleOutCooldown') ?? DEFAULT_COOLDOWN_SECONDS,
    scaleInCooldownSeconds: optionalNumber(policy, 'ScaleInCooldown') ?? DEFAULT_COOLDOWN_SECONDS,
    scalesIn: policy['DisableScaleIn'] !== true,
  };
}

function stepScaling(resources: Resources, id: string, policy: Fields): StepScaling {
  const [alarmId, alarm] = resourcesOf(resources, 'AWS::CloudWatch::Alarm').find(([, { AlarmActions }]) =>
    references(AlarmActions).includes(id),
  ) ?? [undefined, {}];
  if (alarmId === undefined) throw new TemplateError(`${id}: expected an alarm whose action it is`);
  const periods = numberOf(alarm, 'EvaluationPeriods', alarmId);
  const adjustmentType = policy['AdjustmentType'];
  if (
    adjustmentType !== 'ChangeInCapacity' &&
    adjustmentType !== 'PercentChangeInCapacity' &&
    adjustmentType !== 'ExactCapacity'
  )
    throw new TemplateError(`${id}: an adjustment of type ${String(adjustmentType)} is not known here`);
  return {
    kind: 'step',
    source: metricSource(alarm, alarmId),
    threshold: numberOf(alarm, 'Threshold', alarmId),
    comparison: String(alarm['ComparisonOperator']),
    periods,
    periodsToAlarm: optionalNumber(alarm, 'DatapointsToAlarm') ?? periods,
    missingBreaches: alarm['TreatMissingData'] === 'breaching',
    adjustmentType,
    leastChange: optionalNumber(policy, 'MinAdjustmentMagnitude') ?? 0,
    steps: list(policy['StepAdjustments']).map((step) => ({
      from: optionalNumber(step, 'MetricIntervalLowerBound') ?? Number.NEGATIVE_INFINITY,
      to: optionalNumber(step, 'MetricIntervalUpperBound') ?? Number.POSITIVE_INFINITY,
      adjustment: numberOf(step, 'ScalingAdjustment', id),
    })),
    cooldownSeconds: optionalNumber(policy, 'Cooldown') ?? DEFAULT_COOLDOWN_SECONDS,
  };
}

function scheduledBounds(action: Fields): ScheduledBounds {
  const bounds = fields(action['ScalableTargetAction']);
  return {
    name: String(action['ScheduledActionName']),
    schedule: String(action['Schedule']),
    min: optionalNumber(bounds, 'MinCapacity'),
    max: optionalNumber(bounds, 'MaxCapacity'),
  };
}

/** The index that every order is in. */
const CUSTOMER_ORDERS_INDEX = 'customer-orders';

/** Of the table whose stream is read. */
function warmWriteUnits(tables: readonly [string, Fields][]): Platform['warmWriteUnits'] {
  const [, table = {}] = tables.find(([, { StreamSpecification }]) => StreamSpecification !== undefined) ?? [];
  const index = list(table['GlobalSecondaryIndexes']).find(({ IndexName }) => IndexName === CUSTOMER_ORDERS_INDEX);
  const units = (of: Fields = {}) => optionalNumber(fields(of['WarmThroughput']), 'WriteUnitsPerSecond');
  return { table: units(table), index: units(index) };
}

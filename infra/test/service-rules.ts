import { violationsOf, list, object, text, type Rule } from './rule.ts';
import { resourcesOf, type Properties, type Template } from './template.ts';

/** With a DesiredCount, a deployment would reset the number of tasks. */
export const noDesiredCount = violationsOf(
  'AWS::ECS::Service',
  ({ DesiredCount }) => DesiredCount !== undefined,
  'has a DesiredCount',
);

export const noPublicIp = violationsOf(
  'AWS::ECS::Service',
  ({ NetworkConfiguration }) =>
    object(object(NetworkConfiguration)['AwsvpcConfiguration'])['AssignPublicIp'] !== 'DISABLED',
  'may have a public address',
);

export const noExec = violationsOf(
  'AWS::ECS::Service',
  ({ EnableExecuteCommand }) => EnableExecuteCommand !== false,
  'allows commands in its tasks',
);

export const rollsBack = violationsOf(
  'AWS::ECS::Service',
  ({ DeploymentConfiguration }) => {
    const { DeploymentCircuitBreaker, Alarms } = object(DeploymentConfiguration);
    return [DeploymentCircuitBreaker, Alarms].map(object).some(({ Enable, Rollback }) => !Enable || !Rollback);
  },
  'does not roll back a deployment that fails',
);

/** All containers: those of the apps and the collectors beside them. */
function containers(template: Template): { id: string; container: Properties }[] {
  return resourcesOf(template, 'AWS::ECS::TaskDefinition').flatMap(({ id, properties }) =>
    list(properties['ContainerDefinitions']).map((container) => ({
      id: `${id}/${text(object(container)['Name'])}`,
      container: object(container),
    })),
  );
}

export const readOnlyContainers: Rule = (template) =>
  containers(template)
    .filter(({ container }) => container['ReadonlyRootFilesystem'] !== true)
    .map(({ id }) => `${id} may write to its root file system`);

export const confinedContainers: Rule = (template) =>
  containers(template)
    .filter(({ container }) => {
      const { User = 'root', LinuxParameters } = container;
      const { Drop } = object(object(LinuxParameters)['Capabilities']);
      return /^(root|0)$/.test(text(User)) || !list(Drop).includes('ALL');
    })
    .map(({ id }) => `${id} runs with more rights than an ordinary user`);

/** After SIGTERM a service needs up to 25 s; 5 s are in reserve. */
export const timeToStop: Rule = (template) =>
  containers(template)
    .filter(({ container }) => container['Name'] !== 'trace-collector' && Number(container['StopTimeout']) < 30)
    .map(({ id }) => `${id} is killed before it has finished`);

/** In a busy task, each container gets its share of CPU, and one without a share gets almost none. */
export const sharedCpu = violationsOf(
  'AWS::ECS::TaskDefinition',
  ({ Cpu, ContainerDefinitions }) => {
    const shares = list(ContainerDefinitions).map((container) => Number(object(container)['Cpu'] ?? 0));
    return shares.includes(0) || shares.reduce((sum, share) => sum + share, 0) !== Number(Cpu);
  },
  'does not distribute all of its CPU',
);

/** Without a limit, the collector could use up the memory of its app, which would be killed. */
export const boundedCollector: Rule = (template) =>
  containers(template)
    .filter(({ container }) => container['Name'] === 'trace-collector' && container['Memory'] === undefined)
    .map(({ id }) => `${id} may use up the memory of its app`);

/** An overloaded task answers late; replacing it would give the others more work. */
export const patientHealthChecks: Rule = (template) =>
  containers(template)
    .filter(({ container }) => container['Name'] !== 'trace-collector')
    .filter(({ container }) => {
      const { Timeout, Retries } = object(container['HealthCheck']);
      return !(Number(Timeout) >= 5 && Number(Retries) >= 5);
    })
    .map(({ id }) => `${id} is killed for being busy`);

export const boundedLogs = violationsOf(
  'AWS::Logs::LogGroup',
  ({ RetentionInDays }) => RetentionInDays === undefined,
  'keeps its lines forever',
);

/** The author of a tag may move it; ours are digests of the sources, in a repository with immutable tags. */
export const pinnedImages: Rule = (template) =>
  containers(template)
    .filter(({ container: { Image } }) => typeof Image === 'string' && !/@sha256:\w+$/.test(Image))
    .map(({ id }) => `${id} has an image that others can replace`);

/** Fargate pulls an image with three calls; the first two suffice only while the layers are cached. */
export const completePulls: Rule = (template) =>
  resourcesOf(template, 'AWS::IAM::Role').flatMap(({ id, properties }) => {
    const policies = JSON.stringify(properties['Policies'] ?? []);
    const calls = ['BatchGetImage', 'GetDownloadUrlForLayer', 'BatchCheckLayerAvailability'];
    const allowed = calls.filter((call) => policies.includes(`"ecr:${call}"`));
    return allowed.length === 0 || allowed.length === calls.length ? [] : [`${id} cannot pull every image`];
  });

/**
 * FILL also fills the newest minutes of a metric that is only late, so these are always the fill value. An alarm needs at least
 * five minutes more than it counts, or it sticks; a policy has no such setting.
 */
export const noStickyFill: Rule = (template) => [
  ...violationsOf(
    'AWS::CloudWatch::Alarm',
    ({ Metrics, EvaluationPeriods, DatapointsToAlarm }) =>
      JSON.stringify(Metrics ?? []).includes('FILL(') && !(Number(EvaluationPeriods) >= Number(DatapointsToAlarm) + 5),
    'sticks if its metrics are late',
  )(template),
  ...violationsOf(
    'AWS::ApplicationAutoScaling::ScalingPolicy',
    (properties) => /FILL\(\w+, \d/.test(JSON.stringify(properties)),
    'never adds a task if its metrics are late',
  )(template),
];

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

export const confinedApps: Rule = (template) =>
  containers(template)
    .filter(({ container }) => container['Name'] !== 'trace-collector')
    .filter(({ container }) => {
      const { User, LinuxParameters } = container;
      const { Drop } = object(object(LinuxParameters)['Capabilities']);
      return User !== 'node' || !list(Drop).includes('ALL');
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

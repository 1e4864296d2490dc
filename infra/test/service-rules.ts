import { faultsOf, list, object, text, type Rule } from './rule.ts';
import { resourcesOf, type Properties, type Template } from './template.ts';

/** A deployment would set the number of tasks back to it. */
export const noDesiredCount = faultsOf(
  'AWS::ECS::Service',
  ({ DesiredCount }) => DesiredCount !== undefined,
  'has a DesiredCount',
);

export const noPublicIp = faultsOf(
  'AWS::ECS::Service',
  ({ NetworkConfiguration }) =>
    object(object(NetworkConfiguration)['AwsvpcConfiguration'])['AssignPublicIp'] !== 'DISABLED',
  'may have a public address',
);

export const noExec = faultsOf(
  'AWS::ECS::Service',
  ({ EnableExecuteCommand }) => EnableExecuteCommand !== false,
  'lets commands be run in its tasks',
);

export const rollsBack = faultsOf(
  'AWS::ECS::Service',
  ({ DeploymentConfiguration }) => {
    const { DeploymentCircuitBreaker, Alarms } = object(DeploymentConfiguration);
    return [DeploymentCircuitBreaker, Alarms].map(object).some(({ Enable, Rollback }) => !Enable || !Rollback);
  },
  'does not roll back a deployment that fails',
);

/** A container is one of the app's or the collector beside it. */
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
    .map(({ id }) => `${id} runs with more rights than a user has`);

/** SIGTERM, 25 s to finish, then 5 to spare. */
export const timeToStop: Rule = (template) =>
  containers(template)
    .filter(({ container }) => container['Name'] !== 'trace-collector' && Number(container['StopTimeout']) < 30)
    .map(({ id }) => `${id} is killed before it has finished`);

/** Of a busy task each container gets its share, and one without gets next to none. */
export const sharedCpu = faultsOf(
  'AWS::ECS::TaskDefinition',
  ({ Cpu, ContainerDefinitions }) => {
    const shares = list(ContainerDefinitions).map((container) => Number(object(container)['Cpu'] ?? 0));
    return shares.includes(0) || shares.reduce((sum, share) => sum + share, 0) !== Number(Cpu);
  },
  'does not share out its CPU',
);

/** It is not worth an app that is killed for want of memory. */
export const boundedCollector: Rule = (template) =>
  containers(template)
    .filter(({ container }) => container['Name'] === 'trace-collector' && container['Memory'] === undefined)
    .map(({ id }) => `${id} may take the memory of its app`);

/** A task that is overloaded answers late; with it gone the others have more to do. */
export const patientHealthChecks: Rule = (template) =>
  containers(template)
    .filter(({ container }) => container['Name'] !== 'trace-collector')
    .filter(({ container }) => {
      const { Timeout, Retries } = object(container['HealthCheck']);
      return !(Number(Timeout) >= 5 && Number(Retries) >= 5);
    })
    .map(({ id }) => `${id} is killed for being busy`);

export const boundedLogs = faultsOf(
  'AWS::Logs::LogGroup',
  ({ RetentionInDays }) => RetentionInDays === undefined,
  'is kept for ever',
);

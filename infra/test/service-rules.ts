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

export const boundedLogs = faultsOf(
  'AWS::Logs::LogGroup',
  ({ RetentionInDays }) => RetentionInDays === undefined,
  'is kept for ever',
);

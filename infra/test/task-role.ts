import { list, object, text } from './rule.ts';
import type { Templates } from './synthesized.ts';
import { resolved } from './template-arns.ts';
import { referredId, resourcesOf, type Found, type Properties, type Template } from './template.ts';

/** A statement of a policy, with plain ARNs. */
export interface RoleStatement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** The statements of the role of an app's tasks. */
export function taskRoleStatements(templates: Templates, app: string): RoleStatement[] {
  const services = templates['services'] as Template;
  const role = taskRoleOf(services, app);
  if (list(role.properties['ManagedPolicyArns']).length > 0)
    throw new Error(`expected ${role.id} to have own policies`);
  const attached = resourcesOf(services, 'AWS::IAM::Policy')
    .filter(({ properties }) => list(properties['Roles']).some((one) => referredId(one) === role.id))
    .map(({ properties }) => properties);
  return [...list(role.properties['Policies']).map(object), ...attached]
    .flatMap(({ PolicyDocument }) => list(object(PolicyDocument)['Statement']))
    .map((statement) => readStatement(object(statement), services, templates));
}

function taskRoleOf(services: Template, app: string): Found {
  const task = resourcesOf(services, 'AWS::ECS::TaskDefinition').find(({ properties }) =>
    list(properties['ContainerDefinitions']).some((container) => object(container)['Name'] === app),
  );
  const id = referredId(task?.properties['TaskRoleArn']);
  const role = resourcesOf(services, 'AWS::IAM::Role').find((found) => found.id === id);
  if (!role) throw new Error(`expected the tasks of ${app} to have a role`);
  return role;
}

const KNOWN = ['Sid', 'Effect', 'Action', 'Resource'];

function readStatement(statement: Properties, template: Template, templates: Templates): RoleStatement {
  const other = Object.keys(statement).filter((key) => !KNOWN.includes(key));
  if (other.length > 0) throw new Error(`expected a statement with only ${KNOWN.join(', ')}, got ${other.join(', ')}`);
  return {
    Effect: text(statement['Effect']),
    Action: list(statement['Action']).map(text),
    Resource: list(statement['Resource']).map((value) => resolved(value, template, templates)),
  };
}

import { list, object, text, type Rule } from './rule.ts';
import { resourcesOf, type Properties, type Template, type Value } from './template.ts';

function statements(template: Template): { id: string; statement: Properties }[] {
  const roles = resourcesOf(template, 'AWS::IAM::Role').flatMap(({ id, properties }) =>
    list(properties['Policies']).map((policy) => ({ id, document: object(object(policy)['PolicyDocument']) })),
  );
  const policies = resourcesOf(template, 'AWS::IAM::Policy').map(({ id, properties }) => ({
    id,
    document: object(properties['PolicyDocument']),
  }));
  return [...roles, ...policies].flatMap(({ id, document }) =>
    list(document['Statement']).map((statement) => ({ id, statement: object(statement) })),
  );
}

export const noWildcardAction: Rule = (template) =>
  statements(template).flatMap(({ id, statement }) =>
    list(statement['Action'])
      .filter((action) => text(action).includes('*'))
      .map((action) => `${id} allows ${text(action)}`),
  );

/** Calls that AWS can not confine to a resource. */
const WITHOUT_RESOURCE = new Set<Value>([
  'ecr:GetAuthorizationToken',
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
]);

export const noWildcardResource: Rule = (template) =>
  statements(template)
    .filter(({ statement }) => list(statement['Resource']).includes('*'))
    .flatMap(({ id, statement }) =>
      list(statement['Action'])
        .filter((action) => !WITHOUT_RESOURCE.has(action))
        .map((action) => `${id} allows ${text(action)} on everything`),
    );

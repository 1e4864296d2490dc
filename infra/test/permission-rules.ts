import { list, object, text, type Rule } from './rule.ts';
import { ACCOUNT } from './template-arns.ts';
import { resourcesOf, type Properties, type Template, type Value } from './template.ts';

interface Statement {
  readonly id: string;
  readonly statement: Properties;
}

function statementsIn(id: string, document: Value | undefined): Statement[] {
  return list(object(document)['Statement']).map((statement) => ({ id, statement: object(statement) }));
}

/** The statements of all roles, inline and attached. */
function statements(template: Template): Statement[] {
  const roles = resourcesOf(template, 'AWS::IAM::Role').flatMap(({ id, properties }) =>
    list(properties['Policies']).flatMap((policy) => statementsIn(id, object(policy)['PolicyDocument'])),
  );
  const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => resourcesOf(template, type))
    .flatMap(({ id, properties }) => statementsIn(id, properties['PolicyDocument']));
  return [...roles, ...policies];
}

/** The property that holds the resource policy, by type. */
const RESOURCE_POLICIES = {
  'AWS::SQS::QueuePolicy': 'PolicyDocument',
  'AWS::SNS::TopicPolicy': 'PolicyDocument',
  'AWS::S3::BucketPolicy': 'PolicyDocument',
  'AWS::KMS::Key': 'KeyPolicy',
  'AWS::Backup::BackupVault': 'AccessPolicy',
  'AWS::SecretsManager::ResourcePolicy': 'ResourcePolicy',
  'AWS::DynamoDB::Table': 'ResourcePolicy',
} as const;

function resourceStatements(template: Template): Statement[] {
  return Object.entries(RESOURCE_POLICIES).flatMap(([type, property]) =>
    resourcesOf(template, type).flatMap(({ id, properties }) => {
      const policy = object(properties[property]);
      return statementsIn(id, policy['PolicyDocument'] ?? policy);
    }),
  );
}

/** Matches the account itself, also by number if the stage has one. */
const OWN_ACCOUNT = new RegExp(`^\\{"AWS":[^*]*(\\{"Ref":"AWS::AccountId"\\},"|iam::${ACCOUNT}):root"[^*]*\\}$`);

/** KMS requires this principal: a key that its own account cannot manage would be lost. */
function isOwnAccount({ Principal }: Properties): boolean {
  return OWN_ACCOUNT.test(JSON.stringify(Principal));
}

export const noWildcardAction: Rule = (template) => {
  const ofResources = resourceStatements(template).filter(
    ({ statement }) => statement['Effect'] === 'Allow' && !isOwnAccount(statement),
  );
  return [...statements(template), ...ofResources].flatMap(({ id, statement }) =>
    list(statement['Action'])
      .filter((action) => text(action).includes('*'))
      .map((action) => `${id} allows ${text(action)}`),
  );
};

/** Calls for which AWS has no resource-level permissions. */
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

/** AWS services act for any account, so a resource policy restricts each to this account or one of its resources. */
export const confinedCallers: Rule = (template) =>
  resourceStatements(template)
    .filter(({ statement }) => statement['Effect'] === 'Allow' && !isOwnAccount(statement))
    .filter(({ statement: { Principal, Condition } }) => {
      const isService = Object.keys(object(Principal)).join() === 'Service';
      return !isService || !/"aws:Source(Arn|Account)"/.test(JSON.stringify(Condition ?? {}));
    })
    .map(({ id }) => `${id} allows callers of other accounts`);

/** The only policy that AWS maintains: a backup role needs all of its permissions, because it restores as well. */
const MANAGED = 'service-role/AWSBackupServiceRolePolicyForBackup';

export const ownPolicies: Rule = (template) =>
  resourcesOf(template, 'AWS::IAM::Role').flatMap(({ id, properties }) =>
    list(properties['ManagedPolicyArns'])
      .filter((arn) => !JSON.stringify(arn).includes(MANAGED))
      .map((arn) => `${id} has a policy that is not ours: ${text(arn)}`),
  );

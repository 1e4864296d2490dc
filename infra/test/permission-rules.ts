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

/** What roles may do, whichever way it is attached. */
function statements(template: Template): Statement[] {
  const roles = resourcesOf(template, 'AWS::IAM::Role').flatMap(({ id, properties }) =>
    list(properties['Policies']).flatMap((policy) => statementsIn(id, object(policy)['PolicyDocument'])),
  );
  const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => resourcesOf(template, type))
    .flatMap(({ id, properties }) => statementsIn(id, properties['PolicyDocument']));
  return [...roles, ...policies];
}

/** Who may use a resource, as it says itself, by the property that holds it. */
const RESOURCE_POLICIES = {
  'AWS::SQS::QueuePolicy': 'PolicyDocument',
  'AWS::SNS::TopicPolicy': 'PolicyDocument',
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

/** The account itself, by its number where the stage has one. */
const OWN_ACCOUNT = new RegExp(`^\\{"AWS":[^*]*(\\{"Ref":"AWS::AccountId"\\},"|iam::${ACCOUNT}):root"[^*]*\\}$`);

/** A key that its own account could not manage would be lost: KMS asks for this one. */
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

/** Services of AWS act for anybody who asks them to: each is let in for this account or one resource of it. */
export const confinedCallers: Rule = (template) =>
  resourceStatements(template)
    .filter(({ statement }) => statement['Effect'] === 'Allow' && !isOwnAccount(statement))
    .filter(({ statement: { Principal, Condition } }) => {
      const isService = Object.keys(object(Principal)).join() === 'Service';
      return !isService || !/"aws:Source(Arn|Account)"/.test(JSON.stringify(Condition ?? {}));
    })
    .map(({ id }) => `${id} lets in callers of other accounts`);

/** Written and changed by AWS. Of a backup there is no shorter list: it restores what it has kept, too. */
const MANAGED = 'service-role/AWSBackupServiceRolePolicyForBackup';

export const ownPolicies: Rule = (template) =>
  resourcesOf(template, 'AWS::IAM::Role').flatMap(({ id, properties }) =>
    list(properties['ManagedPolicyArns'])
      .filter((arn) => !JSON.stringify(arn).includes(MANAGED))
      .map((arn) => `${id} has a policy that is not ours: ${text(arn)}`),
  );

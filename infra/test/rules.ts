import { referredId, resourcesOf, type Found, type Properties, type Template, type Value } from './template.ts';

/** What is wrong with a template, one line each. */
export type Rule = (template: Template) => string[];

function faultsOf(type: string, faulty: (properties: Properties, found: Found) => boolean, rule: string): Rule {
  return (template) =>
    resourcesOf(template, type)
      .filter((found) => faulty(found.properties, found))
      .map(({ id }) => `${id} ${rule}`);
}

function list(value: Value | undefined): Value[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function object(value: Value | undefined): Properties {
  return (value ?? {}) as Properties;
}

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
    const { Enable, Rollback } = object(object(DeploymentConfiguration)['DeploymentCircuitBreaker']);
    return Enable !== true || Rollback !== true;
  },
  'does not roll back a deployment that fails',
);

export const privateLoadBalancer = faultsOf(
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  ({ Scheme }) => Scheme !== 'internal',
  'faces the internet',
);

/** Its rules let everything out. */
export const defaultSecurityGroupUnused: Rule = (template) =>
  JSON.stringify(template).includes('DefaultSecurityGroup') ? ["something uses the VPC's default security group"] : [];

/** A container is one of the app's or the collector beside it. */
function containers(template: Template): { id: string; container: Properties }[] {
  return resourcesOf(template, 'AWS::ECS::TaskDefinition').flatMap(({ id, properties }) =>
    list(properties['ContainerDefinitions']).map((container) => ({
      id: `${id}/${String(object(container)['Name'])}`,
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
      .filter((action) => String(action).includes('*'))
      .map((action) => `${id} allows ${String(action)}`),
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
        .map((action) => `${id} allows ${String(action)} on everything`),
    );

/** A queue has a dead-letter queue or is one. */
export const deadLetterQueues: Rule = (template) => {
  const queues = resourcesOf(template, 'AWS::SQS::Queue');
  const targets = new Set(
    queues.map(({ properties }) => referredId(object(properties['RedrivePolicy'])['deadLetterTargetArn'])),
  );
  // The relay itself sends to its own.
  const isDeadLetterQueue = ({ id, properties }: Found) =>
    targets.has(id) || String(properties['QueueName']).endsWith('stream-relay-dlq.fifo');
  return queues
    .filter((found) => !isDeadLetterQueue(found) && found.properties['RedrivePolicy'] === undefined)
    .map(({ id }) => `${id} has no dead-letter queue`);
};

/** Queues and topics turn away what does not come by TLS. */
export const tlsOnly: Rule = (template) => {
  const policies = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap((type) => resourcesOf(template, type));
  const guarded = new Set(
    policies
      .filter(({ properties }) => JSON.stringify(properties).includes('"aws:SecureTransport":"false"'))
      .flatMap(({ properties }) => list(properties['Queues'] ?? properties['Topics']).map(referredId)),
  );
  return ['AWS::SQS::Queue', 'AWS::SNS::Topic']
    .flatMap((type) => resourcesOf(template, type))
    .filter(({ id }) => !guarded.has(id))
    .map(({ id }) => `${id} can be used without TLS`);
};

export const encryptedQueues = faultsOf(
  'AWS::SQS::Queue',
  ({ SqsManagedSseEnabled }) => SqsManagedSseEnabled !== true,
  'is not encrypted',
);

export const recoverableTables = faultsOf(
  'AWS::DynamoDB::Table',
  ({ PointInTimeRecoverySpecification, DeletionProtectionEnabled }) => {
    const { PointInTimeRecoveryEnabled, RecoveryPeriodInDays } = object(PointInTimeRecoverySpecification);
    return PointInTimeRecoveryEnabled !== true || RecoveryPeriodInDays !== 35 || DeletionProtectionEnabled !== true;
  },
  'can be lost',
);

const DATA = ['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret', 'AWS::Backup::BackupVault'];

export const retainedData: Rule = (template) =>
  DATA.flatMap((type) =>
    faultsOf(type, (_, { resource }) => resource.DeletionPolicy !== 'Retain', 'goes with its stack')(template),
  );

export const boundedLogs = faultsOf(
  'AWS::Logs::LogGroup',
  ({ RetentionInDays }) => RetentionInDays === undefined,
  'is kept for ever',
);

/** Nobody may connect until a later stack says who. */
export const noOpenIngress: Rule = (template) => {
  const rules = [
    ...resourcesOf(template, 'AWS::EC2::SecurityGroup').flatMap(({ id, properties }) =>
      list(properties['SecurityGroupIngress']).map((rule) => ({ id, rule: object(rule) })),
    ),
    ...resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ id, properties }) => ({ id, rule: properties })),
  ];
  return rules
    .filter(({ rule }) => rule['CidrIp'] !== undefined || rule['CidrIpv6'] !== undefined)
    .map(({ id }) => `${id} lets addresses in, not a security group`);
};

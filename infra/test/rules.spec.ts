import { goldenTemplate, goldenTemplates } from './golden-templates.ts';
import { rules } from './rules.ts';
import { object } from './rule.ts';
import { resourcesOf, type Properties, type Resource, type Template, type Value } from './template.ts';

/** A change that breaks a rule: these properties, or this deletion policy, on every resource of the type. */
interface Break {
  readonly rule: keyof typeof rules;
  readonly stack: string;
  readonly type: string;
  readonly properties?: Partial<Properties>;
  readonly deletionPolicy?: string;
  /** The new type of the resources. */
  readonly resourceType?: string;
}

const service = { stack: 'services', type: 'AWS::ECS::Service' };
const task = { stack: 'services', type: 'AWS::ECS::TaskDefinition' };
const role = { stack: 'services', type: 'AWS::IAM::Role' };
const loadBalancer = { stack: 'services', type: 'AWS::ElasticLoadBalancingV2::LoadBalancer' };
const group = { stack: 'services', type: 'AWS::EC2::SecurityGroup' };
const queue = { stack: 'data', type: 'AWS::SQS::Queue' };

const table = { stack: 'data', type: 'AWS::DynamoDB::Table' };
const users = { stack: 'identity', type: 'AWS::Cognito::UserPool' };
const queuePolicy = { stack: 'data', type: 'AWS::SQS::QueuePolicy' };
const topicPolicy = { stack: 'data', type: 'AWS::SNS::TopicPolicy' };
const key = { stack: 'services', type: 'AWS::KMS::Key' };
const bucket = { stack: 'reports', type: 'AWS::S3::Bucket' };
const bucketPolicy = { stack: 'reports', type: 'AWS::S3::BucketPolicy' };
const workgroup = { stack: 'reports', type: 'AWS::Athena::WorkGroup' };

/** The workgroup of production with these settings. */
const workgroupWith = (changes: Properties): Properties => {
  const [found] = resourcesOf(goldenTemplate('reports'), workgroup.type);
  return { WorkGroupConfiguration: { ...object(found?.properties['WorkGroupConfiguration']), ...changes } };
};

const distribution = { stack: 'front-door', type: 'AWS::CloudFront::Distribution' };
const webAcl = { stack: 'front-door', type: 'AWS::WAFv2::WebACL' };
const ingress = { stack: 'services', type: 'AWS::EC2::SecurityGroupIngress' };
const client = { stack: 'identity', type: 'AWS::Cognito::UserPoolClient' };

/** The distribution of production with these changes. */
const distributionWith = (changes: Properties): Properties => {
  const [found] = resourcesOf(goldenTemplate('front-door'), distribution.type);
  return { DistributionConfig: { ...object(found?.properties['DistributionConfig']), ...changes } };
};
const behaviorWith = (changes: Properties): Properties => {
  const { DefaultCacheBehavior } = object(distributionWith({})['DistributionConfig']);
  return distributionWith({ DefaultCacheBehavior: { ...object(DefaultCacheBehavior), ...changes } });
};
const timeouts = (OriginReadTimeout: number, OriginKeepaliveTimeout: number): Properties =>
  distributionWith({ Origins: [{ VpcOriginConfig: { OriginReadTimeout, OriginKeepaliveTimeout } }] });

/** The firewall of production with a part of its text replaced. */
const webAclWith = (from: string, to: string): Properties => {
  const [found] = resourcesOf(goldenTemplate('front-door'), webAcl.type);
  return JSON.parse(JSON.stringify(found?.properties).replaceAll(from, to)) as Properties;
};

const recovering = (PointInTimeRecoveryEnabled: boolean, RecoveryPeriodInDays: number): Properties => ({
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, RecoveryPeriodInDays },
});

const SNS = { Service: 'sns.amazonaws.com' };
const OURS = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
const allowingCaller = (Action: string, Principal: Value, Condition: Properties): Properties => ({
  Statement: [{ Effect: 'Allow', Action, Principal, Condition }],
});
const allowing = (Action: string, Resource: string): Properties => ({
  Policies: [{ PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource }] } }],
});
const container = (changes: Properties): Properties => {
  const LinuxParameters = { Capabilities: { Drop: ['ALL'] } };
  const kept = { Name: 'api', User: 'node', ReadonlyRootFilesystem: true, StopTimeout: 30, LinuxParameters };
  return { ContainerDefinitions: [{ ...kept, ...changes }] };
};
const alarm = { stack: 'services', type: 'AWS::CloudWatch::Alarm' };
const filled = (minutes: number): Properties => ({
  Metrics: [{ Expression: 'FILL(visible, 0)' }],
  EvaluationPeriods: minutes,
  DatapointsToAlarm: minutes,
});
const undone = { Enable: true, Rollback: true };
const defaultSecurityGroup = { 'Fn::GetAtt': ['Vpc', 'DefaultSecurityGroup'] };

const breaks: readonly Break[] = [
  { rule: 'noDesiredCount', ...service, properties: { DesiredCount: 2 } },
  { rule: 'noPublicIp', ...service, properties: { NetworkConfiguration: {} } },
  { rule: 'noExec', ...service, properties: { EnableExecuteCommand: true } },
  { rule: 'rollsBack', ...service, properties: { DeploymentConfiguration: { Alarms: undone } } },
  { rule: 'rollsBack', ...service, properties: { DeploymentConfiguration: { DeploymentCircuitBreaker: undone } } },
  { rule: 'defaultSecurityGroupUnused', ...service, properties: { SecurityGroups: [defaultSecurityGroup] } },
  { rule: 'privateLoadBalancer', ...loadBalancer, properties: { Scheme: 'internet-facing' } },
  {
    rule: 'removableLoadBalancer',
    ...loadBalancer,
    properties: { LoadBalancerAttributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] },
  },
  { rule: 'readOnlyContainers', ...task, properties: container({ ReadonlyRootFilesystem: false }) },
  { rule: 'confinedContainers', ...task, properties: container({ User: 'root' }) },
  { rule: 'confinedContainers', ...task, properties: container({ LinuxParameters: {} }) },
  { rule: 'timeToStop', ...task, properties: container({ StopTimeout: 10 }) },
  { rule: 'patientHealthChecks', ...task, properties: container({ HealthCheck: { Timeout: 5, Retries: 3 } }) },
  { rule: 'patientHealthChecks', ...task, properties: container({ HealthCheck: { Timeout: 2, Retries: 5 } }) },
  { rule: 'sharedCpu', ...task, properties: { Cpu: '512', ContainerDefinitions: [{ Cpu: 32 }, {}] } },
  { rule: 'sharedCpu', ...task, properties: { Cpu: '512', ContainerDefinitions: [{ Cpu: 256 }] } },
  { rule: 'boundedCollector', ...task, properties: container({ Name: 'trace-collector' }) },
  {
    rule: 'pinnedImages',
    ...task,
    properties: container({ Name: 'trace-collector', Image: 'public.ecr.aws/aws-otel-collector:v0.50.0' }),
  },
  {
    rule: 'completePulls',
    ...role,
    properties: allowing('ecr:BatchGetImage', 'arn:aws:ecr:eu-west-1:1:repository/cdk'),
  },
  { rule: 'noStickyFill', ...alarm, properties: filled(3) },
  {
    rule: 'noStickyFill',
    stack: 'services',
    type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
    properties: filled(3),
  },
  { rule: 'noWildcardAction', ...role, properties: allowing('sqs:*', 'arn:aws:sqs:eu-west-1:1:orders') },
  { rule: 'noWildcardAction', ...queuePolicy, properties: { PolicyDocument: allowingCaller('sqs:*', SNS, OURS) } },
  { rule: 'noWildcardAction', ...key, properties: { KeyPolicy: allowingCaller('kms:*', SNS, OURS) } },
  {
    rule: 'noWildcardAction',
    stack: 'network',
    type: 'AWS::IAM::Policy',
    resourceType: 'AWS::IAM::ManagedPolicy',
    properties: { PolicyDocument: allowingCaller('logs:*', SNS, OURS) },
  },
  {
    rule: 'confinedCallers',
    ...queuePolicy,
    properties: { PolicyDocument: allowingCaller('sqs:SendMessage', SNS, {}) },
  },
  { rule: 'confinedCallers', ...topicPolicy, properties: { PolicyDocument: allowingCaller('sns:Publish', '*', OURS) } },
  { rule: 'confinedCallers', ...key, properties: { KeyPolicy: allowingCaller('kms:Decrypt', { AWS: '*' }, OURS) } },
  {
    rule: 'confinedCallers',
    ...key,
    properties: { KeyPolicy: allowingCaller('kms:Decrypt', { AWS: 'arn:aws:iam::210987654321:root' }, {}) },
  },
  {
    rule: 'confinedCallers',
    ...table,
    properties: { ResourcePolicy: { PolicyDocument: allowingCaller('dynamodb:Scan', '*', {}) } },
  },
  { rule: 'ownPolicies', ...role, properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] } },
  { rule: 'noWildcardResource', ...role, properties: allowing('sqs:SendMessage', '*') },
  {
    rule: 'removableVaults',
    stack: 'data',
    type: 'AWS::Backup::BackupVault',
    deletionPolicy: 'Delete',
  },
  {
    rule: 'deadLetteredSubscriptions',
    stack: 'data',
    type: 'AWS::SNS::Subscription',
    properties: { RedrivePolicy: undefined },
  },
  { rule: 'noWarmThroughput', ...table, properties: { WarmThroughput: { WriteUnitsPerSecond: 10_000 } } },
  { rule: 'deadLetterQueues', ...queue, properties: { RedrivePolicy: undefined } },
  { rule: 'encryptedQueues', ...queue, properties: { SqsManagedSseEnabled: false } },
  {
    rule: 'encryptedTopics',
    stack: 'services',
    type: 'AWS::SNS::Topic',
    properties: { KmsMasterKeyId: undefined },
  },
  { rule: 'retainedData', ...queue, deletionPolicy: 'Retain' },
  ...[
    queue,
    table,
    users,
    { stack: 'data', type: 'AWS::SecretsManager::Secret' },
    { stack: 'data', type: 'AWS::Backup::BackupVault' },
    { stack: 'services', type: 'AWS::Logs::LogGroup' },
  ].map((kept) => ({ rule: 'retainedData', ...kept, deletionPolicy: 'Delete' }) as const),
  { rule: 'protectedUsers', ...users, properties: { DeletionProtection: 'INACTIVE' } },
  { rule: 'tlsOnly', ...queuePolicy, properties: { PolicyDocument: {} } },
  { rule: 'tlsOnly', ...topicPolicy, properties: { PolicyDocument: {} } },
  { rule: 'tlsOnly', ...bucketPolicy, properties: { PolicyDocument: {} } },
  {
    rule: 'confinedCallers',
    ...bucketPolicy,
    properties: { PolicyDocument: allowingCaller('s3:GetObject', '*', {}) },
  },
  { rule: 'encryptedBuckets', ...bucket, properties: { BucketEncryption: undefined } },
  { rule: 'privateBuckets', ...bucket, properties: { PublicAccessBlockConfiguration: { BlockPublicAcls: true } } },
  { rule: 'expiringBuckets', ...bucket, properties: { LifecycleConfiguration: undefined } },
  { rule: 'limitedReports', ...workgroup, properties: workgroupWith({ EnforceWorkGroupConfiguration: false }) },
  { rule: 'limitedReports', ...workgroup, properties: workgroupWith({ BytesScannedCutoffPerQuery: 0 }) },
  { rule: 'limitedReports', ...workgroup, properties: workgroupWith({ ResultConfiguration: {} }) },
  { rule: 'recoverableTables', ...table, properties: { DeletionProtectionEnabled: false } },
  { rule: 'recoverableTables', ...table, properties: recovering(false, 35) },
  { rule: 'recoverableTables', ...table, properties: recovering(true, 7) },
  { rule: 'boundedLogs', stack: 'services', type: 'AWS::Logs::LogGroup', properties: { RetentionInDays: undefined } },
  {
    rule: 'noOpenIngress',
    stack: 'services',
    type: 'AWS::EC2::SecurityGroup',
    properties: { SecurityGroupIngress: [{ CidrIp: '0.0.0.0/0' }] },
  },
  { rule: 'closedEgress', ...group, properties: { SecurityGroupEgress: [] } },
  { rule: 'closedEgress', ...group, properties: { SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }] } },
  { rule: 'onlyCloudFrontConnects', ...ingress, properties: { SourcePrefixListId: 'pl-12345678' } },
  {
    rule: 'onlyCloudFrontConnects',
    stack: 'services',
    type: 'AWS::EC2::SecurityGroup',
    properties: { SecurityGroupIngress: [{ SourceSecurityGroupId: 'sg-1' }] },
  },
  { rule: 'firewalledDistributions', ...distribution, properties: distributionWith({ WebACLId: '' }) },
  {
    rule: 'firewalledDistributions',
    ...distribution,
    properties: distributionWith({ WebACLId: { 'Fn::GetAtt': ['Alerts', 'Arn'] } }),
  },
  {
    rule: 'modernTls',
    ...distribution,
    properties: distributionWith({ Aliases: ['a.example'], ViewerCertificate: { MinimumProtocolVersion: 'TLSv1' } }),
  },
  { rule: 'httpsOnly', ...distribution, properties: behaviorWith({ ViewerProtocolPolicy: 'allow-all' }) },
  { rule: 'unchangedByEdge', ...distribution, properties: behaviorWith({ CachePolicyId: 'CachingOptimized' }) },
  { rule: 'unchangedByEdge', ...distribution, properties: behaviorWith({ Compress: true }) },
  { rule: 'patientOrigin', ...distribution, properties: timeouts(10, 5) },
  { rule: 'patientOrigin', ...distribution, properties: timeouts(60, 60) },
  { rule: 'limitedAddresses', ...webAcl, properties: { Rules: [] } },
  { rule: 'limitedAddresses', ...webAcl, properties: webAclWith('"Block"', '"Count"') },
  {
    rule: 'limitedAddresses',
    ...webAcl,
    properties: webAclWith('"AggregateKeyType":"IP"', '"AggregateKeyType":"CONSTANT"'),
  },
  { rule: 'unjudgedBodies', ...webAcl, properties: { Rules: [] } },
  { rule: 'unjudgedBodies', ...webAcl, properties: webAclWith('{"Count":{}}', '{"Block":{}}') },
  ...['SizeRestrictions_BODY', 'CrossSiteScripting_BODY', 'GenericLFI_BODY', 'GenericRFI_BODY'].map(
    (name) => ({ rule: 'unjudgedBodies', ...webAcl, properties: webAclWith(name, 'Other') }) as const,
  ),
  { rule: 'untaggedOrigins', stack: 'front-door', type: 'AWS::CloudFront::VpcOrigin', properties: { Tags: [] } },
  { rule: 'noFunctions', stack: 'front-door', type: 'AWS::Logs::LogGroup', resourceType: 'AWS::Lambda::Function' },
  {
    rule: 'unnamedBudget',
    stack: 'observability',
    type: 'AWS::Budgets::Budget',
    properties: { Budget: { BudgetName: 'month' } },
  },
  {
    rule: 'ownBudget',
    stack: 'observability',
    type: 'AWS::Budgets::Budget',
    properties: { Budget: { BudgetLimit: { Amount: 500, Unit: 'USD' } } },
  },
  { rule: 'invitedUsers', ...users, properties: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: false } } },
  { rule: 'secondFactorOfStaff', ...users, properties: { MfaConfiguration: 'OPTIONAL' } },
  { rule: 'secondFactorOfStaff', ...users, properties: { EnabledMfas: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'] } },
  {
    rule: 'separateStaff',
    stack: 'identity',
    type: 'AWS::Cognito::UserPoolGroup',
    properties: { UserPoolId: { Ref: resourcesOf(goldenTemplate('identity'), users.type)[0]?.id ?? '' } },
  },
  { rule: 'separateStaff', ...client, properties: { AllowedOAuthScopes: ['orders/fulfillment'] } },
  { rule: 'secretlessShop', ...client, properties: { GenerateSecret: true, AllowedOAuthFlows: ['code'] } },
  { rule: 'secretlessShop', ...client, properties: { AllowedOAuthFlows: ['implicit'] } },
  {
    rule: 'confinedClients',
    ...client,
    properties: { AllowedOAuthScopes: ['orders/fulfillment', 'orders/accounting'] },
  },
];

function brokenTemplate({ stack, type, properties, deletionPolicy, resourceType }: Break): Template {
  const { Resources } = goldenTemplate(stack);
  const change = (resource: Resource): Resource => ({
    ...resource,
    Properties: { ...resource.Properties, ...properties } as Properties,
    ...(resourceType && { Type: resourceType }),
    ...(deletionPolicy && { DeletionPolicy: deletionPolicy }),
  });
  return {
    Resources: Object.fromEntries(
      Object.entries(Resources).map(([id, resource]) => [id, resource.Type === type ? change(resource) : resource]),
    ),
  };
}

describe('the templates of production', () => {
  const templates = Object.values(goldenTemplates());

  it.each(Object.entries(rules))('comply with the rule %s', (_, rule) => {
    expect(templates.flatMap(rule)).toEqual([]);
  });
});

describe('a rule', () => {
  it.each(breaks.map((one) => [one.rule, one] as const))('detects a violation of %s', (rule, one) => {
    expect(rules[rule](brokenTemplate(one))).not.toEqual([]);
  });

  it('is tested with at least one violation', () => {
    expect(breaks.map(({ rule }) => rule as string)).toEqual(expect.arrayContaining(Object.keys(rules)));
  });
});

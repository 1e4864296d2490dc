import { violationsOf, list, object, text, type Rule } from './rule.ts';
import { referredId, resourcesOf, type Found } from './template.ts';

/** A queue has a dead-letter queue or is one. */
export const deadLetterQueues: Rule = (template) => {
  const queues = resourcesOf(template, 'AWS::SQS::Queue');
  const targets = new Set(
    queues.map(({ properties }) => referredId(object(properties['RedrivePolicy'])['deadLetterTargetArn'])),
  );
  // No queue redrives to the relay's dead-letter queue: the relay itself sends to it.
  const isDeadLetterQueue = ({ id, properties }: Found) =>
    targets.has(id) || text(properties['QueueName']).endsWith('stream-relay-dlq.fifo');
  return queues
    .filter((found) => !isDeadLetterQueue(found) && found.properties['RedrivePolicy'] === undefined)
    .map(({ id }) => `${id} has no dead-letter queue`);
};

/** Queues, topics and buckets reject requests without TLS. */
export const tlsOnly: Rule = (template) => {
  const policies = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'].flatMap((type) =>
    resourcesOf(template, type),
  );
  const guarded = new Set(
    policies
      .filter(({ properties }) => JSON.stringify(properties).includes('"aws:SecureTransport":"false"'))
      .flatMap(({ properties: { Queues, Topics, Bucket } }) => list(Queues ?? Topics ?? Bucket).map(referredId)),
  );
  return ['AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::S3::Bucket']
    .flatMap((type) => resourcesOf(template, type))
    .filter(({ id }) => !guarded.has(id))
    .map(({ id }) => `${id} can be used without TLS`);
};

export const encryptedQueues = violationsOf(
  'AWS::SQS::Queue',
  ({ SqsManagedSseEnabled }) => SqsManagedSseEnabled !== true,
  'is not encrypted',
);

export const encryptedTopics = violationsOf(
  'AWS::SNS::Topic',
  ({ KmsMasterKeyId }) => KmsMasterKeyId === undefined,
  'is not encrypted',
);

export const encryptedBuckets = violationsOf(
  'AWS::S3::Bucket',
  ({ BucketEncryption }) => BucketEncryption === undefined,
  'is not encrypted',
);

export const privateBuckets = violationsOf(
  'AWS::S3::Bucket',
  ({ PublicAccessBlockConfiguration }) => {
    const blocks = object(PublicAccessBlockConfiguration);
    const all = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
    return all.some((name) => blocks[name] !== true);
  },
  'can be made public',
);

/** Exports and results are personal data, and are copies. */
export const expiringBuckets = violationsOf(
  'AWS::S3::Bucket',
  ({ LifecycleConfiguration }) => {
    const rules = list(object(LifecycleConfiguration)['Rules']).map(object);
    return !rules.some(({ ExpirationInDays }) => Number(ExpirationInDays) <= 40);
  },
  'keeps its files for ever',
);

export const limitedReports = violationsOf(
  'AWS::Athena::WorkGroup',
  ({ WorkGroupConfiguration }) => {
    const { EnforceWorkGroupConfiguration, BytesScannedCutoffPerQuery, ResultConfiguration } =
      object(WorkGroupConfiguration);
    const { EncryptionConfiguration } = object(ResultConfiguration);
    return (
      EnforceWorkGroupConfiguration !== true || !(Number(BytesScannedCutoffPerQuery) > 0) || !EncryptionConfiguration
    );
  },
  'has no limit, or results that are not encrypted',
);

export const recoverableTables = violationsOf(
  'AWS::DynamoDB::Table',
  ({ PointInTimeRecoverySpecification, DeletionProtectionEnabled }) => {
    const { PointInTimeRecoveryEnabled, RecoveryPeriodInDays } = object(PointInTimeRecoverySpecification);
    return PointInTimeRecoveryEnabled !== true || RecoveryPeriodInDays !== 35 || DeletionProtectionEnabled !== true;
  },
  'can be lost',
);

const DATA = [
  'AWS::DynamoDB::Table',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
  'AWS::Backup::BackupVault',
  'AWS::Cognito::UserPool',
  'AWS::Logs::LogGroup',
];

/** Logs of rejected requests and traffic record no orders. */
const PASSING_LOGS = /^aws-waf-logs-|rejected-traffic/;

function isKept({ properties }: Found): boolean {
  return !PASSING_LOGS.test(text(properties['LogGroupName']));
}

export const retainedData: Rule = (template) =>
  DATA.flatMap((type) =>
    violationsOf(
      type,
      (_, found) => isKept(found) && found.resource.DeletionPolicy !== 'RetainExceptOnCreate',
      'is deleted with its stack, or blocks the deployment after a failed first one',
    )(template),
  );

/** Deleting the user pool would delete every customer's access. */
export const protectedUsers = violationsOf(
  'AWS::Cognito::UserPool',
  ({ DeletionProtection }) => DeletionProtection !== 'ACTIVE',
  'can be deleted',
);

/** CloudFormation cannot delete a vault that has copies. */
export const removableVaults = violationsOf(
  'AWS::Backup::BackupVault',
  (_, { resource }) => resource.DeletionPolicy === 'Delete',
  'blocks the deletion of its stack after the first copy',
);

/** SNS gives up at once if a queue has gone or refuses an event, and drops the event. */
export const deadLetteredSubscriptions = violationsOf(
  'AWS::SNS::Subscription',
  ({ Protocol, RedrivePolicy }) => Protocol === 'sqs' && object(RedrivePolicy)['deadLetterTargetArn'] === undefined,
  'loses the events that SNS cannot deliver',
);

/** AWS raises the warm throughput itself, and refuses a template that would lower it. */
export const noWarmThroughput = violationsOf(
  'AWS::DynamoDB::Table',
  (properties) => JSON.stringify(properties).includes('"WarmThroughput"'),
  'cannot be deployed once it has grown',
);

import { CreateTopicCommand, type SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import {
  cloudResources,
  type EventConsumer,
  eventConsumers,
  orderEventsTopic,
  type QueueDefinition,
} from '#libs/resources';
import type { AwsClients } from './aws-clients.ts';

export interface CreatedQueue {
  readonly url: string;
  readonly arn: string;
}

/** Creates the queues, and the topic that delivers to some of them. */
export async function createMessaging({ sqs, sns }: Pick<AwsClients, 'sqs' | 'sns'>) {
  const queues = await createQueues(sqs, cloudResources.queues);
  return { queues, topicArn: await createTopic(sns, queues) };
}

/** Creates the queues in the given order: a dead-letter queue precedes the queue that names it. */
async function createQueues(
  sqs: SQSClient,
  definitions: readonly QueueDefinition[],
): Promise<ReadonlyMap<string, CreatedQueue>> {
  const queues = new Map<string, CreatedQueue>();
  for (const definition of definitions) {
    const attributes = queueAttributes(definition, queues);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: definition.name, Attributes: attributes }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    queues.set(definition.name, { url: QueueUrl!, arn: Attributes!['QueueArn']! });
  }
  return queues;
}

function queueAttributes(definition: QueueDefinition, queues: ReadonlyMap<string, CreatedQueue>) {
  const { redrive } = definition;
  return {
    VisibilityTimeout: String(definition.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(definition.retentionSeconds),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queues.get(redrive.queue.name)!.arn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
    ...(definition.fifo && {
      FifoQueue: 'true',
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      Policy: deliveryPolicy(),
    }),
  };
}

/** Allows AWS's SNS to deliver to the queue. Emulators ignore it. */
function deliveryPolicy(): string {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
    Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:sns:*:*:${orderEventsTopic.name}` } },
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

/** Creates the topic, and subscribes every consumer's queue to it. Returns the topic's ARN. */
async function createTopic(sns: SNSClient, queues: ReadonlyMap<string, CreatedQueue>): Promise<string> {
  const { TopicArn: topicArn } = await sns.send(
    new CreateTopicCommand({
      Name: orderEventsTopic.name,
      Attributes: {
        FifoTopic: 'true',
        ContentBasedDeduplication: String(orderEventsTopic.contentBasedDeduplication),
        FifoThroughputScope: orderEventsTopic.fifoThroughputScope,
      },
    }),
  );
  for (const consumer of eventConsumers) {
    const queueArn = queues.get(consumer.queue.name)!.arn;
    await sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: queueArn,
        Attributes: subscriptionAttributes(consumer),
        ReturnSubscriptionArn: true,
      }),
    );
  }
  return topicArn!;
}

function subscriptionAttributes({ rawMessageDelivery, filterPolicy }: EventConsumer) {
  return {
    RawMessageDelivery: String(rawMessageDelivery),
    ...(filterPolicy && { FilterPolicy: JSON.stringify(filterPolicy) }),
  };
}

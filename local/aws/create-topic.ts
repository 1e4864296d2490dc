import { CreateTopicCommand, SubscribeCommand, type SNSClient } from '@aws-sdk/client-sns';
import { eventConsumers, orderEventsTopic, type EventConsumer } from '#libs/resources';
import type { CreatedQueue } from './create-queues.ts';

/** Creates the topic and subscribes every consumer's queue to it; returns the topic's ARN. */
export async function createTopic(sns: SNSClient, queues: ReadonlyMap<string, CreatedQueue>): Promise<string> {
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

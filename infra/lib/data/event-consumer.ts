import type { RemovalPolicy } from 'aws-cdk-lib/core';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { EventConsumer } from '#libs/resources';
import { QueuePair } from './queue-pair.ts';

export interface EventConsumerQueuesProps {
  readonly consumer: EventConsumer;
  readonly topic: ITopic;
  readonly prefix: string;
  readonly removalPolicy: RemovalPolicy;
}

/** The queue on which a service receives order events, its dead-letter queue and its subscription. */
export class EventConsumerQueues extends QueuePair {
  constructor(scope: Construct, id: string, { consumer, topic, ...props }: EventConsumerQueuesProps) {
    super(scope, id, { ...props, definition: consumer.queue });
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('sns.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': topic.topicArn } },
      }),
    );
    const subscription = new CfnSubscription(this, 'Subscription', {
      topicArn: topic.topicArn,
      protocol: 'sqs',
      endpoint: this.queue.queueArn,
      rawMessageDelivery: consumer.rawMessageDelivery,
      ...(consumer.filterPolicy && { filterPolicy: consumer.filterPolicy }),
    });
    // Else SNS begins to deliver before it may.
    subscription.node.addDependency(this.queue);
  }
}

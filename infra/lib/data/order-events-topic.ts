import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { CfnSubscription, FifoThroughputScope, Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { orderEventsTopic, type EventConsumer, type EventConsumerName } from '#libs/resources';
import { QueuePair, type QueuePairProps } from './queue.ts';

const throughputScopes = { MessageGroup: FifoThroughputScope.MESSAGE_GROUP, Topic: FifoThroughputScope.TOPIC };

/** The topic of all order events. It uses the key that AWS keeps for SNS, so the relay needs no permission for a key. */
export class OrderEventsTopic extends Topic {
  constructor(scope: Construct, id: string, prefix: string) {
    super(scope, id, {
      topicName: `${prefix}-${orderEventsTopic.name}`,
      fifo: orderEventsTopic.fifo,
      contentBasedDeduplication: orderEventsTopic.contentBasedDeduplication,
      fifoThroughputScope: throughputScopes[orderEventsTopic.fifoThroughputScope],
      masterKey: Alias.fromAliasName(scope, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
    });
  }
}

export interface EventConsumerQueuesProps extends Omit<QueuePairProps, 'definition'> {
  readonly consumer: EventConsumer;
  readonly topic: ITopic;
}

/** The queue from which a subscriber receives order events, its dead-letter queue and its subscription. */
export class EventConsumerQueues extends QueuePair {
  readonly name: EventConsumerName;

  constructor(scope: Construct, id: string, { consumer, topic, ...props }: EventConsumerQueuesProps) {
    super(scope, id, { ...props, definition: consumer.queue });
    this.name = consumer.name;
    for (const queue of [this.queue, this.deadLetterQueue]) {
      queue.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('sns.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': topic.topicArn } },
        }),
      );
    }
    const subscription = new CfnSubscription(this, 'Subscription', {
      topicArn: topic.topicArn,
      protocol: 'sqs',
      endpoint: this.queue.queueArn,
      rawMessageDelivery: consumer.rawMessageDelivery,
      // SNS gives up at once if a queue has gone or refuses it.
      redrivePolicy: { deadLetterTargetArn: this.deadLetterQueue.queueArn },
      ...(consumer.filterPolicy && { filterPolicy: consumer.filterPolicy }),
    });
    // Otherwise SNS may deliver before the queue's policy allows it.
    subscription.node.addDependency(this.queue, this.deadLetterQueue);
  }
}

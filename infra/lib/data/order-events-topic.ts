import { Alias } from 'aws-cdk-lib/aws-kms';
import { FifoThroughputScope, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { orderEventsTopic } from '#libs/resources';

const throughputScopes = { MessageGroup: FifoThroughputScope.MESSAGE_GROUP, Topic: FifoThroughputScope.TOPIC };

/**
 * The topic of all order events. Its key is the one that AWS keeps for SNS: whoever may publish may use it, so the relay
 * needs no right to a key.
 */
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

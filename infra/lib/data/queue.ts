import { Duration, type RemovalPolicy } from 'aws-cdk-lib/core';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { QueueDefinition } from '#libs/resources';

export interface QueueFromDefinitionProps {
  readonly definition: QueueDefinition;
  readonly prefix: string;
  readonly removalPolicy: RemovalPolicy;
  /** The queue that the definition's redrive names. */
  readonly deadLetterQueue?: IQueue;
}

/**
 * A queue as `#libs/resources` defines it. Its key is SQS's own: it costs nothing, and neither SNS nor the services need
 * rights to a key, as they would with KMS.
 */
export class QueueFromDefinition extends Queue {
  constructor(scope: Construct, id: string, props: QueueFromDefinitionProps) {
    const { definition, prefix, removalPolicy, deadLetterQueue } = props;
    super(scope, id, {
      queueName: `${prefix}-${definition.name}`,
      visibilityTimeout: Duration.seconds(definition.visibilityTimeoutSeconds),
      retentionPeriod: Duration.seconds(definition.retentionSeconds),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy,
      ...(definition.fifo && {
        fifo: true,
        deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
        fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      }),
      ...(definition.redrive &&
        deadLetterQueue && {
          deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: definition.redrive.maxReceiveCount },
        }),
    });
  }
}

import { Duration } from 'aws-cdk-lib/core';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { QueueDefinition } from '#libs/resources';
import type { DataProps } from '../retention.ts';

export interface QueuePairProps extends DataProps {
  readonly definition: QueueDefinition;
}

export interface QueueFromDefinitionProps extends QueuePairProps {
  /** The queue that `definition.redrive` names. */
  readonly deadLetterQueue?: IQueue;
}

/**
 * A queue as `#libs/resources` defines it, encrypted with SQS's own key. That key is free, and neither SNS nor the services
 * need permissions for it, as they would with KMS.
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

/** A queue and the dead-letter queue that its definition names. */
export class QueuePair extends Construct {
  readonly queue: QueueFromDefinition;
  readonly deadLetterQueue: QueueFromDefinition;

  constructor(scope: Construct, id: string, props: QueuePairProps) {
    super(scope, id);
    const { definition } = props;
    if (!definition.redrive) throw new Error(`expected ${definition.name} to name a dead-letter queue`);
    this.deadLetterQueue = new QueueFromDefinition(this, 'DeadLetters', {
      ...props,
      definition: definition.redrive.queue,
    });
    this.queue = new QueueFromDefinition(this, 'Queue', { ...props, deadLetterQueue: this.deadLetterQueue });
  }
}

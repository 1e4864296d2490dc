import type { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { QueueDefinition } from '#libs/resources';
import { QueueFromDefinition } from './queue.ts';

export interface QueuePairProps {
  readonly definition: QueueDefinition;
  readonly prefix: string;
  readonly removalPolicy: RemovalPolicy;
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

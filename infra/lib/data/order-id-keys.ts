import type { RemovalPolicy } from 'aws-cdk-lib/core';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';

/** Letters and digits: 64 of them are 380 bits, and a comma would part the key in two. */
const KEY_LENGTH = 64;

export interface OrderIdKeysProps {
  readonly prefix: string;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The keys that sign order ids, separated by commas: the first signs, all are accepted. To rotate, put a new one before
 * them and deploy the api anew; take the old one away when no client still holds an id of it.
 */
export class OrderIdKeys extends Secret {
  constructor(scope: Construct, id: string, { prefix, removalPolicy }: OrderIdKeysProps) {
    super(scope, id, {
      secretName: `${prefix}-order-id-keys`,
      description: 'Keys that sign order ids, separated by commas; the first signs, all are accepted',
      generateSecretString: { passwordLength: KEY_LENGTH, excludePunctuation: true },
      removalPolicy,
    });
    acknowledge(this, 'SMG4', 'A rotation keeps the keys before it: clients hold ids that those signed');
  }
}

import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { OrderUsers } from './order-users.ts';
import type { TokenIssuer } from './token-issuer.ts';

export interface IdentityStackProps extends StackProps {
  readonly config: StageConfig;
}

/** Who signs the tokens: made only where the configuration names no issuer. Before the services, which check them. */
export class IdentityStack extends Stack {
  readonly tokenIssuer: TokenIssuer;

  constructor(scope: Construct, id: string, { config, ...props }: IdentityStackProps) {
    super(scope, id, { ...props, terminationProtection: config.retainData });
    this.tokenIssuer = new OrderUsers(this, 'OrderUsers', config);
  }
}

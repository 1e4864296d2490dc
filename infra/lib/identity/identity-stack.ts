import { CfnOutput, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageStackProps, TokenIssuer } from '../config.ts';
import { OrderUsers } from './order-users.ts';

/** The token issuer of a stage whose configuration names none. */
export class IdentityStack extends Stack {
  readonly tokenIssuer: TokenIssuer;

  constructor(scope: Construct, id: string, { config, ...props }: StageStackProps) {
    super(scope, id, { ...props, terminationProtection: config.retainData });
    const users = new OrderUsers(this, 'OrderUsers', config);
    this.tokenIssuer = users.tokenIssuer;
    new CfnOutput(this, 'UserPoolId', { value: users.userPool.userPoolId });
    new CfnOutput(this, 'ShopClientId', { value: users.shop.clientId });
    new CfnOutput(this, 'SignInUrl', { value: users.signIn.baseUrl(), description: 'Tokens: /oauth2/token' });
  }
}

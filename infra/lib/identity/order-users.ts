import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { CfnUserPoolGroup, UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { prefixOf, type StageConfig } from '../config.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** The roles that the api knows, each a group of the user pool. */
const roles = ['retail', 'wholesale', 'operator', 'fulfillment', 'accounting'] as const;

/**
 * A user pool whose tokens the api accepts, for a shop that has no issuer of its own. Callers send the id token: the access
 * token of a user pool has no `aud`.
 */
export class OrderUsers extends Construct implements TokenIssuer {
  readonly userPool: UserPool;
  readonly client: UserPoolClient;
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly rolesClaim = 'cognito:groups';

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    this.userPool = new UserPool(this, 'UserPool', {
      userPoolName: prefixOf(config),
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      deletionProtection: config.retainData,
    });
    acknowledge(this.userPool, 'COG2', 'Who orders soap signs in without a second factor');
    acknowledge(
      this.userPool,
      'COG8',
      'The plus tier costs for each user; the api limits and checks what a token may do',
    );
    for (const role of roles) {
      new CfnUserPoolGroup(this, role, { userPoolId: this.userPool.userPoolId, groupName: role });
    }
    this.client = this.userPool.addClient('Shop', { authFlows: { userSrp: true }, preventUserExistenceErrors: true });
    const { region } = Stack.of(this);
    this.issuer = `https://cognito-idp.${region}.amazonaws.com/${this.userPool.userPoolId}`;
    this.audience = this.client.userPoolClientId;
    this.jwksUrl = `${this.issuer}/.well-known/jwks.json`;
  }
}

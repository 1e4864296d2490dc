import { Fn, Stack } from 'aws-cdk-lib/core';
import { CfnUserPoolGroup, Mfa, UserPool, type UserPoolDomain } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { ROLES } from '#libs/orders';
import { acknowledge } from '../nag.ts';
import { prefixOf, type StageConfig, type TokenIssuer } from '../config.ts';
import { removalPolicyOf } from '../retention.ts';
import { ServiceClients, ShopClient } from './pool-clients.ts';

/**
 * A user pool whose access tokens the api accepts, for a shop without an issuer of its own. A person's roles are groups. A
 * service has no user, so its role is a scope.
 */
export class OrderUsers extends Construct {
  readonly userPool: UserPool;
  readonly shop: ShopClient;
  /** The host at which users sign in and services fetch tokens. */
  readonly signIn: UserPoolDomain;
  readonly tokenIssuer: TokenIssuer;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    this.userPool = this.pool(config);
    for (const role of ROLES) {
      new CfnUserPoolGroup(this, role, { userPoolId: this.userPool.userPoolId, groupName: role });
    }
    const { region, account } = Stack.of(this);
    // The prefix must be unique among all AWS accounts in a region.
    this.signIn = this.userPool.addDomain('SignIn', {
      cognitoDomain: { domainPrefix: `${prefixOf(config)}-${account}` },
    });
    this.shop = new ShopClient(this, 'Shop', this.userPool, config.shopUrls);
    const services = new ServiceClients(this, 'Services', this.userPool);
    const issuer = `https://cognito-idp.${region}.amazonaws.com/${this.userPool.userPoolId}`;
    this.tokenIssuer = {
      issuer,
      audience: Fn.join(',', [this.shop.clientId, ...services.clientIds]),
      // Access tokens of a user pool have no `aud`.
      audienceClaim: 'client_id',
      jwksUrl: `${issuer}/.well-known/jwks.json`,
      rolesClaim: 'cognito:groups',
      roleScopePrefix: services.scopePrefix,
      rs256: true,
    };
  }

  private pool(config: StageConfig): UserPool {
    const userPool = new UserPool(this, 'UserPool', {
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
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      removalPolicy: removalPolicyOf(config),
      deletionProtection: config.retainData,
    });
    acknowledge(userPool, 'COG2', 'Operators can set up a second factor; customers sign in without one');
    acknowledge(
      userPool,
      'COG8',
      'The plus tier costs money for each user; the api limits and checks what a token may do',
    );
    return userPool;
  }
}

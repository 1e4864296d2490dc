import { Stack } from 'aws-cdk-lib/core';
import { CfnUserPoolGroup, type Mfa, UserPool, type UserPoolDomain } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Role } from '#libs/orders';
import { acknowledge } from '../nag.ts';
import { prefixOf, type StageConfig, type TokenIssuer } from '../config.ts';
import { removalPolicyOf } from '../retention.ts';
import { PageClient, type Page } from './pool-clients.ts';

export interface OrderUsersProps {
  readonly config: StageConfig;
  readonly name: 'customers' | 'staff';
  /** A person's roles are groups. */
  readonly roles: readonly Role[];
  readonly mfa: Mfa;
  /** The page at which they sign in. */
  readonly page: Page;
}

/** A user pool whose access tokens the api accepts. Nobody can sign up: an administrator creates each user. */
export class OrderUsers extends Construct {
  readonly userPool: UserPool;
  readonly page: PageClient;
  /** The host at which users sign in and services fetch tokens. */
  readonly signIn: UserPoolDomain;
  readonly issuer: Pick<TokenIssuer, 'issuer' | 'jwksUrl'>;

  constructor(scope: Construct, id: string, { config, name, roles, mfa, page }: OrderUsersProps) {
    super(scope, id);
    this.userPool = new UserPool(this, 'UserPool', {
      userPoolName: `${prefixOf(config)}-${name}`,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      mfa,
      mfaSecondFactor: { otp: true, sms: false },
      removalPolicy: removalPolicyOf(config),
      deletionProtection: config.retainData,
    });
    acknowledge(
      this.userPool,
      'COG8',
      'The plus tier costs money for each user; the api limits and checks what a token may do',
    );
    for (const role of roles) {
      new CfnUserPoolGroup(this, role, { userPoolId: this.userPool.userPoolId, groupName: role });
    }
    const { region, account } = Stack.of(this);
    // The prefix must be unique among all AWS accounts in a region.
    this.signIn = this.userPool.addDomain('SignIn', {
      cognitoDomain: { domainPrefix: `${prefixOf(config)}-${name}-${account}` },
    });
    this.page = new PageClient(this, 'Page', this.userPool, page);
    const issuer = `https://cognito-idp.${region}.amazonaws.com/${this.userPool.userPoolId}`;
    this.issuer = { issuer, jwksUrl: `${issuer}/.well-known/jwks.json` };
  }
}

import { Duration } from 'aws-cdk-lib/core';
import { OAuthScope, type UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';

export interface ShopClientProps {
  readonly userPool: UserPool;
  readonly shopUrls: readonly string[];
}

/**
 * The shop's page or app, where people sign in: a code with PKCE, no secret, since it could not keep one. None of the
 * services' scopes, or anybody who signs in could ask for their roles.
 */
export class ShopClient extends Construct {
  readonly client: UserPoolClient;
  readonly clientId: string;

  constructor(scope: Construct, id: string, { userPool, shopUrls }: ShopClientProps) {
    super(scope, id);
    this.client = userPool.addClient('ShopClient', {
      userPoolClientName: 'shop',
      generateSecret: false,
      // By an administrator's credentials: how a first token is had without a page.
      authFlows: { userSrp: true, adminUserPassword: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [...shopUrls],
        logoutUrls: [...shopUrls],
      },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.hours(1),
    });
    this.clientId = this.client.userPoolClientId;
  }
}

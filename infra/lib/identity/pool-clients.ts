import { Duration } from 'aws-cdk-lib/core';
import {
  CfnUserPoolClient,
  OAuthScope,
  ResourceServerScope,
  type UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Role } from '#libs/orders';

/** The identifier of the api in Cognito. */
const RESOURCE_SERVER = 'orders';

/** The roles of services that call the api. */
const serviceRoles = ['fulfillment', 'accounting'] as const satisfies Role[];

/**
 * One client for each service that calls the api with its own credentials: an id, a secret, and one scope, which is its role.
 * Each costs about $6 a month.
 */
export class ServiceClients extends Construct {
  readonly clientIds: readonly string[];
  readonly scopePrefix = `${RESOURCE_SERVER}/`;

  constructor(scope: Construct, id: string, userPool: UserPool) {
    super(scope, id);
    const scopes = serviceRoles.map(
      (role) => new ResourceServerScope({ scopeName: role, scopeDescription: `The role ${role}` }),
    );
    const server = userPool.addResourceServer('Orders', { identifier: RESOURCE_SERVER, scopes });
    const clients = scopes.map((one) => this.client(userPool, one, OAuthScope.resourceServer(server, one)));
    this.clientIds = clients.map(({ userPoolClientId }) => userPoolClientId);
  }

  private client(userPool: UserPool, { scopeName }: ResourceServerScope, scope: OAuthScope): UserPoolClient {
    const client = userPool.addClient(`${scopeName}-client`, {
      userPoolClientName: scopeName,
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes: [scope] },
      accessTokenValidity: Duration.hours(1),
    });
    // Nobody signs in with this client. Without this setting, Cognito would let users sign in.
    (client.node.defaultChild as CfnUserPoolClient).explicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH'];
    return client;
  }
}

/**
 * The client of the shop's page or app, in which people sign in: a code with PKCE and no secret, which a page could not keep.
 * It has none of the services' scopes, because every user could request them.
 */
export class ShopClient extends Construct {
  readonly clientId: string;

  constructor(scope: Construct, id: string, userPool: UserPool, shopUrls: readonly string[]) {
    super(scope, id);
    const client = userPool.addClient('ShopClient', {
      userPoolClientName: 'shop',
      generateSecret: false,
      // `adminUserPassword` gives a first token without a page, to somebody with an administrator's credentials.
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
    this.clientId = client.userPoolClientId;
  }
}

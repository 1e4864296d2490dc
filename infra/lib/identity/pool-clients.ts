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

/** The api as Cognito knows it. */
const RESOURCE_SERVER = 'orders';

/** Roles of services that call the api. */
const serviceRoles = ['fulfillment', 'accounting'] as const satisfies Role[];

/**
 * A client for each service that calls the api with its own credentials: an id, a secret, and one scope, which is its role.
 * AWS takes about $6 a month for each.
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
    // Nobody signs in here; left out, Cognito would let users.
    (client.node.defaultChild as CfnUserPoolClient).explicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH'];
    return client;
  }
}

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

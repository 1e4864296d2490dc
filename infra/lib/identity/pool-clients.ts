import { Duration } from 'aws-cdk-lib/core';
import {
  CfnUserPoolClient,
  OAuthScope,
  ResourceServerScope,
  type UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';

/** The identifier of the api in Cognito. */
const RESOURCE_SERVER = 'orders';

/**
 * One client for each service that calls the api with its own credentials: an id, a secret, and one scope, which is its role.
 * Each costs $6 a month.
 */
export class ServiceClients extends Construct {
  readonly clientIds: readonly string[];
  readonly scopePrefix = `${RESOURCE_SERVER}/`;

  constructor(scope: Construct, id: string, userPool: UserPool, roles: StageConfig['serviceClients']) {
    super(scope, id);
    const scopes = roles.map(
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

/** A page or app in which people sign in. */
export interface Page {
  readonly name: string;
  /** Where people return after signing in or out. */
  readonly urls: readonly string[];
  /** Whether an administrator may get a token with the password of a user. */
  readonly passwordFlow?: boolean;
  /** After this time people sign in again; by default 30 days. */
  readonly refreshHours?: number;
}

/**
 * The client of a page: a code with PKCE and no secret, which a page could not keep. It has none of the services' scopes, because
 * every user could request them.
 */
export class PageClient extends Construct {
  readonly clientId: string;

  constructor(scope: Construct, id: string, userPool: UserPool, { name, urls, passwordFlow, refreshHours }: Page) {
    super(scope, id);
    const client = userPool.addClient('PageClient', {
      userPoolClientName: name,
      generateSecret: false,
      authFlows: { userSrp: true, adminUserPassword: passwordFlow === true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [...urls],
        logoutUrls: [...urls],
      },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.hours(1),
      ...(refreshHours !== undefined && { refreshTokenValidity: Duration.hours(refreshHours) }),
    });
    this.clientId = client.userPoolClientId;
  }
}

import { Duration } from 'aws-cdk-lib/core';
import {
  CfnUserPoolClient,
  OAuthScope,
  ResourceServerScope,
  type UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
// Past the index: its messages have decorators, which Node does not run from TypeScript.
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

import { CfnOutput, Fn, Stack } from 'aws-cdk-lib/core';
import { Mfa } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { CUSTOMER_ROLES } from '#libs/orders';
import type { StageStackProps, TokenIssuer } from '../config.ts';
import { acknowledge } from '../nag.ts';
import { OrderUsers } from './order-users.ts';
import { ServiceClients } from './pool-clients.ts';

/** Where operators return after signing in to `npm run console` on their own machine; its pages do not call the api. */
const CONSOLE_URL = 'http://localhost:3004/sign-in/callback';

/**
 * The token issuers of a stage whose configuration names none: a user pool for customers, and one for staff and services. The api
 * accepts only roles of customers from the first, so whoever administers customers cannot make an operator.
 */
export class IdentityStack extends Stack {
  readonly tokenIssuer: TokenIssuer;

  constructor(scope: Construct, id: string, { config, ...props }: StageStackProps) {
    super(scope, id, { ...props, terminationProtection: config.retainData });
    const { shopUrls, staffUrls } = config;
    const customers = new OrderUsers(this, 'Customers', {
      config,
      name: 'customers',
      mfa: Mfa.OPTIONAL,
      roles: CUSTOMER_ROLES,
      // The password flow gives a first token without a page, to somebody with an administrator's credentials.
      page: { name: 'shop', urls: shopUrls, passwordFlow: true },
    });
    acknowledge(customers.userPool, 'COG2', 'Customers may sign in without a second factor; staff may not');
    const staff = new OrderUsers(this, 'Staff', {
      config,
      name: 'staff',
      mfa: Mfa.REQUIRED,
      roles: ['operator'],
      page: { name: 'staff', urls: [...staffUrls, CONSOLE_URL], refreshHours: 12 },
    });
    const services = new ServiceClients(this, 'Services', staff.userPool, config.serviceClients);
    this.tokenIssuer = {
      ...customers.issuer,
      audience: customers.page.clientId,
      // Access tokens of a user pool have no `aud`.
      audienceClaim: 'client_id',
      rolesClaim: 'cognito:groups',
      roleScopePrefix: services.scopePrefix,
      rs256: true,
      staff: { ...staff.issuer, audience: Fn.join(',', [staff.page.clientId, ...services.clientIds]) },
    };
    for (const [name, { userPool, page, signIn }] of Object.entries({ Customer: customers, Staff: staff })) {
      new CfnOutput(this, `${name}PoolId`, { value: userPool.userPoolId });
      new CfnOutput(this, `${name}ClientId`, { value: page.clientId });
      new CfnOutput(this, `${name}SignInUrl`, { value: signIn.baseUrl(), description: 'Tokens: /oauth2/token' });
    }
  }
}

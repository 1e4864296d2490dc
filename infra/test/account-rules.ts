import { CUSTOMER_ROLES, STAFF_ROLES } from '#libs/orders';
import { violationsOf, list, object, text, type Rule } from './rule.ts';
import { referredId, resourcesOf, type Found, type Template } from './template.ts';

/** Whoever could sign up would be a customer, or staff, without anybody's decision. */
export const invitedUsers = violationsOf(
  'AWS::Cognito::UserPool',
  ({ AdminCreateUserConfig }) => object(AdminCreateUserConfig)['AllowAdminCreateUserOnly'] !== true,
  'lets anybody sign up',
);

/** The pools with a group or a machine client for one of these roles. */
function poolsWith(template: Template, roles: readonly string[]): Found[] {
  const givers = [
    ...resourcesOf(template, 'AWS::Cognito::UserPoolGroup').map(({ properties }) => ({
      properties,
      given: [properties['GroupName']],
    })),
    ...resourcesOf(template, 'AWS::Cognito::UserPoolClient').map(({ properties }) => ({
      properties,
      given: list(properties['AllowedOAuthScopes']).map((scope) => JSON.stringify(scope).match(/\/(\w+)/)?.[1]),
    })),
  ];
  const giving = givers.filter(({ given }) => given.some((role) => roles.includes(role as string)));
  const ids = new Set(giving.map(({ properties }) => referredId(properties['UserPoolId'])));
  return resourcesOf(template, 'AWS::Cognito::UserPool').filter(({ id }) => ids.has(id));
}

/** With a stolen password alone, nobody decides on orders. A text message can be intercepted. */
export const secondFactorOfStaff: Rule = (template) =>
  poolsWith(template, STAFF_ROLES)
    .filter(({ properties: { MfaConfiguration, EnabledMfas } }) => {
      return MfaConfiguration !== 'ON' || list(EnabledMfas).map(text).join() !== 'SOFTWARE_TOKEN_MFA';
    })
    .map(({ id }) => `${id} lets staff sign in without an authenticator`);

/** The api accepts roles by issuer, so whoever administers customers cannot make an operator. */
export const separateStaff: Rule = (template) => {
  const customers = new Set(poolsWith(template, CUSTOMER_ROLES).map(({ id }) => id));
  return poolsWith(template, STAFF_ROLES)
    .filter(({ id }) => customers.has(id))
    .map(({ id }) => `${id} has customers and staff`);
};

/** A page or an app cannot keep a secret, and others can read what is in the address of a page. */
export const secretlessShop = violationsOf(
  'AWS::Cognito::UserPoolClient',
  ({ AllowedOAuthFlows, GenerateSecret }) => {
    const flows = list(AllowedOAuthFlows);
    return flows.includes('implicit') || (flows.includes('code') && GenerateSecret === true);
  },
  'exposes tokens or a secret',
);

/** A scope is a role. A service has exactly one; a client of people has none, because every user could request it. */
export const confinedClients = violationsOf(
  'AWS::Cognito::UserPoolClient',
  ({ AllowedOAuthFlows, AllowedOAuthScopes }) => {
    const roles = list(AllowedOAuthScopes).filter((scope) => text(scope).includes('/'));
    return roles.length !== (list(AllowedOAuthFlows).includes('client_credentials') ? 1 : 0);
  },
  'has roles of other clients',
);

/** A changed notification replaces the budget, and two budgets cannot have the same name. */
export const unnamedBudget = violationsOf(
  'AWS::Budgets::Budget',
  ({ Budget }) => object(Budget)['BudgetName'] !== undefined,
  'cannot be replaced',
);

/** Without a filter, the budget counts the whole account. */
export const ownBudget = violationsOf(
  'AWS::Budgets::Budget',
  ({ Budget }) => !/^\["user:stage\$\w+"\]$/.test(JSON.stringify(object(object(Budget)['CostFilters'])['TagKeyValue'])),
  'counts the costs of other stages',
);

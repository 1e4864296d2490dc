import { violationsOf, list, object, text } from './rule.ts';

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

import { faultsOf, list, object, text } from './rule.ts';

/** A page or an app could not keep a secret; what is in the address of a page can be read by others. */
export const secretlessShop = faultsOf(
  'AWS::Cognito::UserPoolClient',
  ({ AllowedOAuthFlows, GenerateSecret }) => {
    const flows = list(AllowedOAuthFlows);
    return flows.includes('implicit') || (flows.includes('code') && GenerateSecret === true);
  },
  'gives tokens or a secret away',
);

/** A scope is a role: a service has its own, and who signs in could ask for any that the client has. */
export const confinedClients = faultsOf(
  'AWS::Cognito::UserPoolClient',
  ({ AllowedOAuthFlows, AllowedOAuthScopes }) => {
    const roles = list(AllowedOAuthScopes).filter((scope) => text(scope).includes('/'));
    return roles.length !== (list(AllowedOAuthFlows).includes('client_credentials') ? 1 : 0);
  },
  'has roles that are not its own',
);

/** A changed notification makes a second budget beside the first, which cannot have the same name. */
export const unnamedBudget = faultsOf(
  'AWS::Budgets::Budget',
  ({ Budget }) => object(Budget)['BudgetName'] !== undefined,
  'can not be replaced',
);

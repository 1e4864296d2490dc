import { faultsOf, object } from './rule.ts';

/** Whom it tells is changed by another budget beside the first, which can not have the same name. */
export const unnamedBudget = faultsOf(
  'AWS::Budgets::Budget',
  ({ Budget }) => object(Budget)['BudgetName'] !== undefined,
  'can not be replaced',
);

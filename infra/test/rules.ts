import * as accountRules from './account-rules.ts';
import * as dataRules from './data-rules.ts';
import * as edgeRules from './edge-rules.ts';
import * as networkRules from './network-rules.ts';
import * as permissionRules from './permission-rules.ts';
import type { Rule } from './rule.ts';
import * as serviceRules from './service-rules.ts';

/** The rules for the templates of every stage: all exports of these files. */
export const rules = {
  ...accountRules,
  ...dataRules,
  ...edgeRules,
  ...networkRules,
  ...permissionRules,
  ...serviceRules,
} satisfies Record<string, Rule>;

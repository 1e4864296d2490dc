import {
  deadLetterQueues,
  encryptedQueues,
  encryptedTopics,
  recoverableTables,
  retainedData,
  tlsOnly,
} from './data-rules.ts';
import {
  firewalledDistributions,
  httpsOnly,
  limitedAddresses,
  modernTls,
  noFunctions,
  onlyCloudFrontConnects,
  patientOrigin,
  unchangedByEdge,
  unjudgedBodies,
  untaggedOrigins,
} from './edge-rules.ts';
import { confinedClients, secretlessShop } from './identity-rules.ts';
import {
  closedEgress,
  defaultSecurityGroupUnused,
  noOpenIngress,
  privateLoadBalancer,
  removableLoadBalancer,
} from './network-rules.ts';
import { noWildcardAction, noWildcardResource } from './permission-rules.ts';
import {
  boundedLogs,
  confinedApps,
  noDesiredCount,
  noExec,
  noPublicIp,
  readOnlyContainers,
  rollsBack,
  timeToStop,
} from './service-rules.ts';
import type { Rule } from './rule.ts';

/** What the templates of each stage keep. */
export const rules = {
  deadLetterQueues,
  tlsOnly,
  encryptedQueues,
  encryptedTopics,
  recoverableTables,
  retainedData,
  privateLoadBalancer,
  removableLoadBalancer,
  defaultSecurityGroupUnused,
  noOpenIngress,
  closedEgress,
  noWildcardAction,
  noWildcardResource,
  noDesiredCount,
  noPublicIp,
  noExec,
  rollsBack,
  readOnlyContainers,
  confinedApps,
  timeToStop,
  boundedLogs,
  onlyCloudFrontConnects,
  firewalledDistributions,
  modernTls,
  httpsOnly,
  unchangedByEdge,
  patientOrigin,
  limitedAddresses,
  unjudgedBodies,
  untaggedOrigins,
  noFunctions,
  secretlessShop,
  confinedClients,
} as const satisfies Record<string, Rule>;

import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';
import type { Workload } from '../services/workload.ts';
import { logQueries } from './query-texts.ts';

/** The logs of all services, asked at once. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, config: StageConfig, workloads: readonly Workload[]) {
    super(scope, id);
    for (const { name, text } of logQueries) {
      // L1: the L2 one puts a query together of its commands, and ours are read as they are.
      new CfnQueryDefinition(this, name, {
        name: `${prefixOf(config)}/${name}`,
        queryString: text,
        logGroupNames: workloads.map(({ logGroup }) => logGroup.logGroupName),
      });
    }
  }
}

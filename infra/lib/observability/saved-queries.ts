import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';
import type { Workload } from '../services/workload.ts';
import { logQueries } from './query-texts.ts';

/** Saved queries over the logs of all services. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, config: StageConfig, workloads: readonly Workload[]) {
    super(scope, id);
    for (const { name, text } of logQueries) {
      // L1: the L2 construct assembles a query from parts, and ours are complete texts.
      new CfnQueryDefinition(this, name, {
        name: `${prefixOf(config)}/${name}`,
        queryString: text,
        logGroupNames: workloads.map(({ logGroup }) => logGroup.logGroupName),
      });
    }
  }
}

import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, type CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';

export interface RefusedRequestsProps {
  readonly config: StageConfig;
  readonly webAcl: CfnWebACL;
}

/** A log of what the firewall refused, so that a customer can be told why. What passed is in the log of the api. */
export class RefusedRequests extends Construct {
  constructor(scope: Construct, id: string, { config, webAcl }: RefusedRequestsProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      // The beginning is prescribed.
      logGroupName: `aws-waf-logs-${prefixOf(config)}`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: webAcl.attrArn,
      // Without the `:*` that the group's own attribute ends with.
      logDestinationConfigs: [arnOf(logGroup)],
      redactedFields: [{ singleHeader: { Name: 'authorization' } }, { singleHeader: { Name: 'cookie' } }],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    });
  }
}

function arnOf(logGroup: LogGroup): string {
  return Stack.of(logGroup).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: logGroup.logGroupName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

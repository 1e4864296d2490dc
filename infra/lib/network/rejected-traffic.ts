import { RemovalPolicy } from 'aws-cdk-lib/core';
import { FlowLog, FlowLogDestination, FlowLogResourceType, FlowLogTrafficType, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { metricsNamespaceOf, type StageConfig } from '../config.ts';

export interface RejectedTrafficProps {
  readonly config: StageConfig;
  readonly vpc: Vpc;
}

/** A log of what security groups turned away. What they let pass would cost more to log than it tells. */
export class RejectedTraffic extends Construct {
  constructor(scope: Construct, id: string, { config, vpc }: RejectedTrafficProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/${metricsNamespaceOf(config)}/rejected-traffic`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new FlowLog(this, 'FlowLog', {
      resourceType: FlowLogResourceType.fromVpc(vpc),
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(logGroup),
    });
  }
}

import { RemovalPolicy } from 'aws-cdk-lib/core';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { StageConfig } from './config.ts';

/**
 * For what holds data. What is retained keeps its name, except what a deployment that failed had just made: that goes, or the
 * next one would find the name taken.
 */
export function removalPolicyOf({ retainData }: Pick<StageConfig, 'retainData'>): RemovalPolicy {
  return retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}

/** A log of traffic that was turned away. It is no record of an order, so it goes with its stack. */
export function rejectionLog(scope: Construct, config: StageConfig, logGroupName: string): LogGroup {
  return new LogGroup(scope, 'Log', {
    logGroupName,
    retention: config.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

import { RemovalPolicy } from 'aws-cdk-lib/core';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { StageConfig } from './config.ts';

/**
 * The removal policy of resources that hold data. Retained resources keep their names. A resource that a failed deployment has
 * just created is deleted, because the next deployment needs its name.
 */
export function removalPolicyOf({ retainData }: Pick<StageConfig, 'retainData'>): RemovalPolicy {
  return retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}

/** The properties of resources that hold data: the prefix of their names, and what happens to them when their stack is deleted. */
export interface DataProps {
  readonly prefix: string;
  readonly removalPolicy: RemovalPolicy;
}

/** A log of rejected traffic. It records no orders, so it is deleted with its stack. */
export function rejectionLog(scope: Construct, config: StageConfig, logGroupName: string): LogGroup {
  return new LogGroup(scope, 'Log', {
    logGroupName,
    retention: config.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

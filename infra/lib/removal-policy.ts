import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { StageConfig } from './config.ts';

/**
 * Of what holds data. What is retained keeps its name, but for what a deployment that failed had just made: that goes, or the
 * next one would find the name taken.
 */
export function removalPolicyOf({ retainData }: Pick<StageConfig, 'retainData'>): RemovalPolicy {
  return retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}

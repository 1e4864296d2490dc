import { Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/** Lets a finding of cdk-nag's AwsSolutions stand, here and below, for a reason. `rule` is as it is reported: `SQS3`. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}

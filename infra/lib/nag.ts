import { App, Validations, type AppProps } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** An app whose synthesis fails for each finding of cdk-nag that nobody has acknowledged. */
export function checkedApp(props: AppProps = {}): App {
  const app = new App(props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** Accepts a finding of cdk-nag's AwsSolutions for this construct and its children. `rule` is its id, e.g. `SQS3`. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}

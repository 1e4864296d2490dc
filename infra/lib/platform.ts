import { BOOTSTRAP_QUALIFIER_CONTEXT, PermissionsBoundary, Tags, type App, type Environment } from 'aws-cdk-lib/core';
import { checkConfig } from './config-check.ts';
import { cdkQualifierOf, prefixOf, type StageConfig, type TokenIssuer } from './config.ts';
import { DataStack } from './data/data-stack.ts';
import { FrontDoorStack } from './edge/front-door-stack.ts';
import { IdentityStack } from './identity/identity-stack.ts';
import { NetworkStack } from './network/network-stack.ts';
import { ObservabilityStack } from './observability/observability-stack.ts';
import { ReportsStack } from './reports/reports-stack.ts';
import { ServicesStack } from './services/services-stack.ts';

/**
 * Creates the stacks of a stage. Each depends only on those before it.
 * @throws StageConfigError with every error in its configuration
 */
export function createPlatform(app: App, config: StageConfig): void {
  checkConfig(config);
  const { permissionsBoundary: boundary } = config;
  const env: Environment = { region: config.region, ...(config.account && { account: config.account }) };
  app.node.setContext(BOOTSTRAP_QUALIFIER_CONTEXT, cdkQualifierOf(config));
  const prefix = prefixOf(config);
  const props = {
    env,
    config,
    ...(boundary !== undefined && { permissionsBoundary: PermissionsBoundary.fromName(boundary) }),
  };
  const network = config.existingVpc ? undefined : new NetworkStack(app, `${prefix}-network`, props);
  const data = new DataStack(app, `${prefix}-data`, props);
  const identity = config.tokenIssuer ? undefined : new IdentityStack(app, `${prefix}-identity`, props);
  const tokenIssuer = (config.tokenIssuer ?? identity?.tokenIssuer) as TokenIssuer;
  const services = new ServicesStack(app, `${prefix}-services`, { ...props, network, data, tokenIssuer });
  const frontDoor = new FrontDoorStack(app, `${prefix}-front-door`, { ...props, services });
  new ObservabilityStack(app, `${prefix}-observability`, { ...props, data, services, frontDoor });
  if (config.reports) new ReportsStack(app, `${prefix}-reports`, { ...props, data, services, reports: config.reports });
  for (const [key, value] of Object.entries({ ...config.tags, project: 'fargate-orders', stage: config.stage })) {
    // A VPC origin that is in use cannot be changed, not even its tags.
    Tags.of(app).add(key, value, { excludeResourceTypes: ['AWS::CloudFront::VpcOrigin'] });
  }
}

import { BOOTSTRAP_QUALIFIER_CONTEXT, Tags, type App, type Environment } from 'aws-cdk-lib/core';
import { checkConfig } from './config-check.ts';
import { cdkQualifierOf, prefixOf, type StageConfig, type TokenIssuer } from './config.ts';
import { DataStack } from './data/data-stack.ts';
import { EdgeStack } from './edge/edge-stack.ts';
import { FirewallStack } from './edge/firewall.ts';
import { IdentityStack } from './identity/identity-stack.ts';
import { NetworkStack } from './network/network-stack.ts';
import { FrontDoorStack } from './observability/front-door-stack.ts';
import { ObservabilityStack } from './observability/observability-stack.ts';
import { ServicesStack } from './services/services-stack.ts';

/**
 * Creates the stacks of a stage. Each depends only on those before it.
 * @throws StageConfigError with every error in its configuration
 */
export function createPlatform(app: App, config: StageConfig): void {
  checkConfig(config);
  const env: Environment = { region: config.region, ...(config.account && { account: config.account }) };
  app.node.setContext(BOOTSTRAP_QUALIFIER_CONTEXT, cdkQualifierOf(config));
  const prefix = prefixOf(config);
  const props = { env, config };
  const network = new NetworkStack(app, `${prefix}-network`, props);
  const data = new DataStack(app, `${prefix}-data`, props);
  const identity = config.tokenIssuer ? undefined : new IdentityStack(app, `${prefix}-identity`, props);
  const tokenIssuer = (config.tokenIssuer ?? identity?.tokenIssuer) as TokenIssuer;
  const services = new ServicesStack(app, `${prefix}-services`, { ...props, vpc: network.vpc, data, tokenIssuer });
  const firewall = new FirewallStack(app, `${prefix}-firewall`, props);
  const edge = new EdgeStack(app, `${prefix}-edge`, { ...props, services, firewall });
  new FrontDoorStack(app, `${prefix}-front-door`, { ...props, edge });
  new ObservabilityStack(app, `${prefix}-observability`, { ...props, data, services, edge });
  // A VPC origin that is in use cannot be changed, not even its tags.
  const untagged = { excludeResourceTypes: ['AWS::CloudFront::VpcOrigin'] };
  Tags.of(app).add('project', 'fargate-orders', untagged);
  Tags.of(app).add('stage', config.stage, untagged);
}

import { CfnOutput, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { ServicesStack } from '../services/services-stack.ts';
import { ApiDistribution } from './api-distribution.ts';
import { ApiOrigin } from './api-origin.ts';
import type { FirewallStack } from './firewall-stack.ts';

export interface EdgeStackProps extends StackProps {
  readonly config: StageConfig;
  readonly services: ServicesStack;
  readonly firewall: FirewallStack;
}

/** The way in from the internet, the only one. */
export class EdgeStack extends Stack {
  readonly distribution: ApiDistribution;

  constructor(scope: Construct, id: string, { config, services, firewall, ...props }: EdgeStackProps) {
    super(scope, id, props);
    const { origin } = new ApiOrigin(this, 'ApiOrigin', { config, entrance: services.api.entrance });
    // Weak: CloudFormation reads the other region's output itself. A strong one takes two Lambda functions.
    const webAclArn = Stack.consumeReference(firewall.firewall.webAcl.attrArn, ReferenceStrength.WEAK);
    this.distribution = new ApiDistribution(this, 'ApiDistribution', { config, origin, webAclArn });
    new CfnOutput(this, 'Url', { value: this.distribution.url });
    new CfnOutput(this, 'DistributionDomain', {
      value: this.distribution.distribution.distributionDomainName,
      description: 'What a CNAME of the domain points to',
    });
  }
}

import { CfnOutput, Duration, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib/core';
import { OriginProtocolPolicy, OriginSslPolicy, VpcOrigin, VpcOriginEndpoint } from 'aws-cdk-lib/aws-cloudfront';
import { VpcOrigin as Origin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { ApiLoadBalancer } from '../services/api-load-balancer.ts';
import type { ServicesStack } from '../services/services-stack.ts';
import { ApiDistribution } from './api-distribution.ts';
import { cloudFrontPrefixLists } from './cloudfront-prefix-lists.ts';
import type { FirewallStack } from './firewall.ts';

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

/** For a first byte and between two: above the 10 s of `Prefer: wait` and the 15 s between signs of life of a feed. */
const READ_TIMEOUT = Duration.seconds(60);

/** Below the 60 s of the load balancer, so that it is never the other side that closes first. */
const KEEP_ALIVE = Duration.seconds(50);

interface ApiOriginProps {
  readonly config: StageConfig;
  readonly entrance: ApiLoadBalancer;
}

/** CloudFront's way to the load balancer, through network interfaces in the VPC; nothing else may connect to it. */
class ApiOrigin extends Construct {
  readonly origin: Origin;

  constructor(scope: Construct, id: string, { config, entrance }: ApiOriginProps) {
    super(scope, id);
    const { domain, region } = config;
    // The list counts as 55 of the 60 rules of a group, so a rule for another port could not be made before this one goes.
    // One of the two ports has a listener.
    new CfnSecurityGroupIngress(this, 'CloudFrontOnly', {
      groupId: entrance.securityGroup.securityGroupId,
      sourcePrefixListId: cloudFrontPrefixLists[region],
      ipProtocol: 'tcp',
      fromPort: 80,
      toPort: 443,
      description: 'CloudFront',
    });
    // One that a distribution uses can not be changed, so each protocol has its own.
    const vpcOrigin = new VpcOrigin(this, domain ? 'Https' : 'Http', {
      endpoint: VpcOriginEndpoint.applicationLoadBalancer(entrance.loadBalancer),
      protocolPolicy: domain ? OriginProtocolPolicy.HTTPS_ONLY : OriginProtocolPolicy.HTTP_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    });
    // By the load balancer's own name, with a domain too: that one leads to CloudFront itself. The certificate has to match
    // this name or the Host header, and the distribution passes Host on.
    this.origin = Origin.withVpcOrigin(vpcOrigin, { readTimeout: READ_TIMEOUT, keepaliveTimeout: KEEP_ALIVE });
  }
}

import { CfnOutput, Duration, ReferenceStrength, Stack } from 'aws-cdk-lib/core';
import { OriginProtocolPolicy, OriginSslPolicy, VpcOrigin, VpcOriginEndpoint } from 'aws-cdk-lib/aws-cloudfront';
import { VpcOrigin as Origin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { StageConfig, StageStackProps } from '../config.ts';
import type { ApiLoadBalancer } from '../services/api-load-balancer.ts';
import type { ServicesStack } from '../services/services-stack.ts';
import { ApiDistribution } from './api-distribution.ts';
import { cloudFrontPrefixLists } from './cloudfront-prefix-lists.ts';
import type { FirewallStack } from './firewall.ts';

export interface EdgeStackProps extends StageStackProps {
  readonly services: ServicesStack;
  readonly firewall: FirewallStack;
}

/** The only entrance from the internet. */
export class EdgeStack extends Stack {
  readonly distribution: ApiDistribution;

  constructor(scope: Construct, id: string, { config, services, firewall, ...props }: EdgeStackProps) {
    super(scope, id, props);
    const { origin } = new ApiOrigin(this, 'ApiOrigin', { config, entrance: services.api.entrance });
    // A weak reference: CloudFormation reads the other region's output. A strong one would need two Lambda functions.
    const webAclArn = Stack.consumeReference(firewall.firewall.webAcl.attrArn, ReferenceStrength.WEAK);
    this.distribution = new ApiDistribution(this, 'ApiDistribution', { config, origin, webAclArn });
    new CfnOutput(this, 'Url', { value: this.distribution.url });
    new CfnOutput(this, 'DistributionDomain', {
      value: this.distribution.distribution.distributionDomainName,
      description: 'The target of the CNAME of the domain',
    });
  }
}

/** Limit for the first byte and between bytes. `Prefer: wait` takes up to 10 s, and a feed sends a heartbeat every 15 s. */
const READ_TIMEOUT = Duration.seconds(60);

/** Shorter than the 60 s of the load balancer, so that the load balancer never closes a connection first. */
const KEEP_ALIVE = Duration.seconds(50);

interface ApiOriginProps {
  readonly config: StageConfig;
  readonly entrance: ApiLoadBalancer;
}

/** Connects CloudFront to the load balancer through network interfaces in the VPC. Nothing else may connect to it. */
class ApiOrigin extends Construct {
  readonly origin: Origin;

  constructor(scope: Construct, id: string, { config, entrance }: ApiOriginProps) {
    super(scope, id);
    const { domain, region } = config;
    // The list counts as 55 of the 60 rules of a group, so a rule for another port could not be created before this one is
    // deleted. Only one of the two ports has a listener.
    new CfnSecurityGroupIngress(this, 'CloudFrontOnly', {
      groupId: entrance.securityGroup.securityGroupId,
      sourcePrefixListId: cloudFrontPrefixLists[region],
      ipProtocol: 'tcp',
      fromPort: 80,
      toPort: 443,
      description: 'CloudFront',
    });
    // An origin that a distribution uses cannot be changed, so each protocol has its own.
    const vpcOrigin = new VpcOrigin(this, domain ? 'Https' : 'Http', {
      endpoint: VpcOriginEndpoint.applicationLoadBalancer(entrance.loadBalancer),
      protocolPolicy: domain ? OriginProtocolPolicy.HTTPS_ONLY : OriginProtocolPolicy.HTTP_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    });
    // CloudFront connects by the load balancer's own name, because the domain leads to CloudFront itself. The certificate has
    // to match this name or the Host header, and the distribution passes Host on.
    this.origin = Origin.withVpcOrigin(vpcOrigin, { readTimeout: READ_TIMEOUT, keepaliveTimeout: KEEP_ALIVE });
  }
}

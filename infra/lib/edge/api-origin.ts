import { Duration } from 'aws-cdk-lib/core';
import { OriginProtocolPolicy, OriginSslPolicy, VpcOrigin, VpcOriginEndpoint } from 'aws-cdk-lib/aws-cloudfront';
import { VpcOrigin as Origin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { ApiLoadBalancer } from '../services/api-load-balancer.ts';
import { cloudFrontPrefixLists } from './cloudfront-prefix-lists.ts';

/** For a first byte and between two: above the 10 s of `Prefer: wait` and the 15 s between signs of life of a feed. */
const READ_TIMEOUT = Duration.seconds(60);

/** Below the 60 s of the load balancer, so that it is never the other side that closes first. */
const KEEP_ALIVE = Duration.seconds(50);

export interface ApiOriginProps {
  readonly config: StageConfig;
  readonly entrance: ApiLoadBalancer;
}

/** CloudFront's way to the load balancer, through network interfaces in the VPC; nothing else may connect to it. */
export class ApiOrigin extends Construct {
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

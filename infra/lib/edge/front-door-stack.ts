import { CfnOutput, Duration, ReferenceStrength, Stack } from 'aws-cdk-lib/core';
import { OriginProtocolPolicy, OriginSslPolicy, VpcOrigin, VpcOriginEndpoint } from 'aws-cdk-lib/aws-cloudfront';
import { VpcOrigin as Origin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import type { StageConfig, StageStackProps } from '../config.ts';
import { AlertsTopic } from '../observability/alerts.ts';
import { frontDoorMetrics } from '../observability/front-door-station.ts';
import { RunbookAlarm, period } from '../runbook-alarm.ts';
import type { ApiLoadBalancer } from '../services/api-load-balancer.ts';
import type { ServicesStack } from '../services/services-stack.ts';
import { ApiDistribution } from './api-distribution.ts';
import { Firewall, FIREWALL_REGION } from './firewall.ts';

export interface FrontDoorStackProps extends StageStackProps {
  readonly services: ServicesStack;
}

/**
 * The only entrance from the internet. With a firewall it is in us-east-1, where CloudFront expects it and both report their
 * metrics; an alarm cannot notify a topic of another region, so its topic is there, too. The alarms cannot see requests that
 * never arrive.
 */
export class FrontDoorStack extends Stack {
  readonly distributionId: string;

  constructor(scope: Construct, id: string, { config, services, env, ...props }: FrontDoorStackProps) {
    const hasFirewall = config.edge.firewall;
    super(scope, id, { ...props, env: { ...env, ...(hasFirewall && { region: FIREWALL_REGION }) } });
    const firewall = hasFirewall ? new Firewall(this, 'Firewall', config) : undefined;
    const origin = this.apiOrigin(config, services.api.entrance);
    const { distribution, url } = new ApiDistribution(this, 'ApiDistribution', { config, origin, firewall });
    this.distributionId = distribution.distributionId;
    new CfnOutput(this, 'Url', { value: url });
    new CfnOutput(this, 'DistributionDomain', {
      value: distribution.distributionDomainName,
      description: 'The target of the CNAME of the domain',
    });
    if (hasFirewall) this.addAlarms(config);
  }

  /** Connects CloudFront to the load balancer through network interfaces in the VPC. */
  private apiOrigin(config: StageConfig, { loadBalancer, securityGroup }: ApiLoadBalancer): Origin {
    const { domain } = config;
    const endpoint = ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(this, 'LoadBalancer', {
      loadBalancerArn: weak(loadBalancer.loadBalancerArn),
      loadBalancerDnsName: weak(loadBalancer.loadBalancerDnsName),
      securityGroupId: weak(securityGroup.securityGroupId),
    });
    // An origin that a distribution uses cannot be changed, so each protocol has its own.
    const vpcOrigin = new VpcOrigin(this, domain ? 'Https' : 'Http', {
      endpoint: VpcOriginEndpoint.applicationLoadBalancer(endpoint),
      protocolPolicy: domain ? OriginProtocolPolicy.HTTPS_ONLY : OriginProtocolPolicy.HTTP_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    });
    // CloudFront connects by the load balancer's own name, because the domain leads to CloudFront itself. The certificate has
    // to match this name or the Host header, and the distribution passes Host on.
    return Origin.withVpcOrigin(vpcOrigin, { readTimeout: READ_TIMEOUT, keepaliveTimeout: KEEP_ALIVE });
  }

  private addAlarms(config: StageConfig): void {
    const { requests, failed, passed, blocked } = frontDoorMetrics(config, this.distributionId);
    const errors = new RunbookAlarm(this, 'Errors', {
      config,
      name: 'front-door-errors',
      meaning: 'CloudFront answers too many requests with 5xx',
      metric: new MathExpression({
        label: '5xx, per cent of requests',
        expression: `IF(failed * requests / 100 >= ${LEAST_FAILED}, failed, 0)`,
        usingMetrics: { requests, failed },
        period,
      }),
      // Per cent of the requests. The api's own alarm, at 2 % for two minutes, sees its failures first: if only this one rings,
      // the cause is between CloudFront and the load balancer.
      limit: { atLeast: 5, minutes: 5 },
    });
    const blocks = new RunbookAlarm(this, 'Blocks', {
      config,
      name: 'requests-blocked',
      meaning: 'The firewall blocks a large part of the requests',
      metric: new MathExpression({
        label: 'Blocked, per cent of requests',
        expression: `IF(blocked >= ${LEAST_BLOCKED}, 100 * blocked / (blocked + FILL(passed, 0)), 0)`,
        usingMetrics: { passed, blocked },
        period,
      }),
      // Per cent of the requests. A single address above its limit does not make up half of them.
      limit: { atLeast: 50, minutes: 15 },
    });
    new AlertsTopic(this, 'Alerts', config, 'front-door-alerts').notifyAbout([errors, blocks]);
  }
}

/** CloudFormation reads the other region's output. A strong reference would need two Lambda functions. */
function weak(attribute: string): string {
  return Stack.consumeReference(attribute, ReferenceStrength.WEAK);
}

/** Limit for the first byte and between bytes. `Prefer: wait` takes up to 10 s, and a feed sends a heartbeat every 15 s. */
const READ_TIMEOUT = Duration.seconds(60);

/** Shorter than the 60 s of the load balancer, so that the load balancer never closes a connection first. */
const KEEP_ALIVE = Duration.seconds(50);

/** Below this many failed requests in a minute, there is no alarm. */
const LEAST_FAILED = 5;
/** Below this many blocked requests in a minute, the cause is a scanner. */
const LEAST_BLOCKED = 100;

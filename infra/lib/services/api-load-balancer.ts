import { Duration } from 'aws-cdk-lib/core';
import { Peer, Port, SecurityGroup, type IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCertificate,
  ListenerCondition,
  SslPolicy,
  TargetGroupLoadBalancingAlgorithmType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { cloudFrontPrefixLists } from '../edge/cloudfront-prefix-lists.ts';
import { acknowledge } from '../nag.ts';
import type { StageConfig, TokenIssuer } from '../config.ts';
import type { Network } from '../network/network-stack.ts';
import type { Workload } from './workload.ts';

/** Seconds between the last new request and SIGTERM. The longest request waits 10 s for a decision. */
const DRAIN_SECONDS = 15;

/** The paths that need no token in the api. A listener rule accepts at most five paths. */
const PUBLIC_PATHS = ['/health/*', '/docs', '/docs/*', '/openapi.json', '/asyncapi.json'];

export interface ApiLoadBalancerProps {
  readonly config: StageConfig;
  readonly tokenIssuer: TokenIssuer;
  readonly network: Network;
  readonly api: Workload;
  readonly apiPort: number;
}

/** The load balancer of the api, with private addresses only. Only CloudFront may connect to it. */
export class ApiLoadBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly securityGroup: SecurityGroup;
  readonly targetGroup: ApplicationTargetGroup;
  /** HTTPS if the stage has a domain, else HTTP within the VPC. Only HTTPS listeners verify tokens, and only of one issuer. */
  readonly listener: ApplicationListener;

  constructor(scope: Construct, id: string, { config, tokenIssuer, network, api, apiPort }: ApiLoadBalancerProps) {
    super(scope, id);
    const { vpc } = network;
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Load balancer of the api',
      allowAllOutbound: false,
    });
    // The rule names addresses, so that it is part of the group itself: a group without any rule allows all egress.
    this.securityGroup.addEgressRule(Peer.ipv4(vpc.vpcCidrBlock), Port.tcp(apiPort), 'Tasks of api');
    // The list counts as 55 of the 60 rules of a group, so a rule for another port could not be created before this one is
    // deleted. Only one of the two ports has a listener.
    this.securityGroup.addIngressRule(
      Peer.prefixList(cloudFrontPrefixLists[config.region] as string),
      Port.tcpRange(80, 443),
      'CloudFront',
    );
    api.securityGroup.addIngressRule(this.securityGroup, Port.tcp(apiPort), 'Load balancer of the api');
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      vpcSubnets: network.privateSubnets,
      internetFacing: false,
      securityGroup: this.securityGroup,
      dropInvalidHeaderFields: true,
      // No deletion protection: it holds no data, and protection would prevent the rollback of its first deployment.
      idleTimeout: Duration.seconds(60),
    });
    acknowledge(
      this.loadBalancer,
      'ELB2',
      'The api logs each request; metrics count the requests that do not reach it',
    );
    this.targetGroup = this.targets(vpc, api, apiPort);
    this.listener = this.listen(config, tokenIssuer);
  }

  private targets(vpc: IVpc, api: Workload, port: number): ApplicationTargetGroup {
    return new ApplicationTargetGroup(this, 'Targets', {
      vpc,
      targetType: TargetType.IP,
      protocol: ApplicationProtocol.HTTP,
      port,
      targets: [api.service.loadBalancerTarget({ containerName: api.name, containerPort: port })],
      loadBalancingAlgorithmType: TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      deregistrationDelay: Duration.seconds(DRAIN_SECONDS),
      // Live, not ready: ECS replaces a task that fails here, and no task is ready during an outage of SQS. As patient as ECS.
      healthCheck: {
        path: '/health/live',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 5,
      },
    });
  }

  private listen({ domain }: StageConfig, tokenIssuer: TokenIssuer): ApplicationListener {
    const forward = ListenerAction.forward([this.targetGroup]);
    if (!domain) {
      const options = { open: false, protocol: ApplicationProtocol.HTTP, defaultAction: forward };
      return this.loadBalancer.addListener('Listener', options);
    }
    const verifies = tokenIssuer.rs256 === true && !tokenIssuer.staff;
    const listener = this.loadBalancer.addListener('Listener', {
      open: false,
      protocol: ApplicationProtocol.HTTPS,
      certificates: [ListenerCertificate.fromArn(domain.originCertificateArn)],
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
      defaultAction: verifies ? this.verified(tokenIssuer, forward) : forward,
    });
    if (verifies) {
      const conditions = [ListenerCondition.pathPatterns(PUBLIC_PATHS)];
      listener.addAction('Public', { priority: 1, conditions, action: forward });
      // A browser sends a preflight request without the page's token; the api answers OPTIONS only as a preflight.
      const preflight = [ListenerCondition.httpRequestMethods(['OPTIONS'])];
      listener.addAction('Preflight', { priority: 2, conditions: preflight, action: forward });
    }
    return listener;
  }

  /** Verifies signature, issuer and expiry of the token. The api verifies them again, and everything else. */
  private verified({ issuer, jwksUrl }: TokenIssuer, next: ListenerAction): ListenerAction {
    // CDK does not allow the egress to the issuer's keys.
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'Keys of the token issuer');
    return ListenerAction.authenticateJwt({ issuer, jwksEndpoint: jwksUrl, next });
  }
}

import { Duration } from 'aws-cdk-lib/core';
import { Peer, Port, SecurityGroup, SubnetType, type Vpc } from 'aws-cdk-lib/aws-ec2';
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
import { acknowledge } from '../nag.ts';
import type { StageConfig, TokenIssuer } from '../config.ts';
import type { Workload } from './workload.ts';

/** Between the end of new requests and SIGTERM; the longest request waits 10 s for a decision. */
const DRAIN_SECONDS = 15;

/** What needs no token, as the api has it; a rule takes five paths at most. */
const PUBLIC_PATHS = ['/health/*', '/docs', '/docs/*', '/openapi.json', '/asyncapi.json'];

export interface ApiLoadBalancerProps {
  readonly config: StageConfig;
  readonly tokenIssuer: TokenIssuer;
  readonly vpc: Vpc;
  readonly api: Workload;
  readonly apiPort: number;
}

/** The api's way in, with private addresses only. Nobody may connect until a stack in front of it says who. */
export class ApiLoadBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly securityGroup: SecurityGroup;
  readonly targetGroup: ApplicationTargetGroup;
  /** HTTPS where the stage has a domain, else HTTP within the VPC; only the former verifies tokens. */
  readonly listener: ApplicationListener;

  constructor(scope: Construct, id: string, { config, tokenIssuer, vpc, api, apiPort }: ApiLoadBalancerProps) {
    super(scope, id);
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Load balancer of the api',
      allowAllOutbound: false,
    });
    // By address, so that it stands in the group itself: one without any rule in it may let everything out.
    this.securityGroup.addEgressRule(Peer.ipv4(vpc.vpcCidrBlock), Port.tcp(apiPort), 'Tasks of api');
    api.securityGroup.addIngressRule(this.securityGroup, Port.tcp(apiPort), 'Load balancer of the api');
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      internetFacing: false,
      securityGroup: this.securityGroup,
      dropInvalidHeaderFields: true,
      // No deletion protection: it holds no data, and would bar the rollback of its first deployment.
      idleTimeout: Duration.seconds(60),
    });
    acknowledge(this.loadBalancer, 'ELB2', 'The api logs each request; what does not reach it, the metrics count');
    this.targetGroup = this.targets(vpc, api, apiPort);
    this.listener = this.listen(config, tokenIssuer);
  }

  private targets(vpc: Vpc, api: Workload, port: number): ApplicationTargetGroup {
    return new ApplicationTargetGroup(this, 'Targets', {
      vpc,
      targetType: TargetType.IP,
      protocol: ApplicationProtocol.HTTP,
      port,
      targets: [api.service.loadBalancerTarget({ containerName: api.name, containerPort: port })],
      loadBalancingAlgorithmType: TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      deregistrationDelay: Duration.seconds(DRAIN_SECONDS),
      // Live, not ready: ECS replaces a task that fails here, and all of them are unready while SQS is out. As patient as ECS.
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
    // Only a listener of HTTPS verifies tokens.
    const verifies = tokenIssuer.rs256 === true;
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
      // What a browser asks before a page's request, without its token; the api answers nothing else there.
      const preflight = [ListenerCondition.httpRequestMethods(['OPTIONS'])];
      listener.addAction('Preflight', { priority: 2, conditions: preflight, action: forward });
    }
    return listener;
  }

  /** Signature, issuer and end of the token; the api verifies those too, and all else. */
  private verified({ issuer, jwksUrl }: TokenIssuer, next: ListenerAction): ListenerAction {
    // CDK opens no way to the keys.
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'Keys of the token issuer');
    return ListenerAction.authenticateJwt({ issuer, jwksEndpoint: jwksUrl, next });
  }
}

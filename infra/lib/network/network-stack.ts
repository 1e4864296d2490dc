import { Fn, Stack } from 'aws-cdk-lib/core';
import {
  FlowLog,
  FlowLogDestination,
  FlowLogResourceType,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SubnetType,
  Vpc,
  type GatewayVpcEndpointOptions,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { metricsNamespaceOf, type StageConfig, type StageStackProps } from '../config.ts';
import { rejectionLog } from '../retention.ts';

/** A VPC with private subnets for all our resources. Only NAT gateways are in public subnets. */
export class NetworkStack extends Stack {
  readonly vpc: Vpc;
  private readonly zones: number;

  constructor(scope: Construct, id: string, { config, ...props }: StageStackProps) {
    super(scope, id, props);
    this.zones = config.availabilityZones;
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
      maxAzs: config.availabilityZones,
      natGateways: config.natGateways,
      subnetConfiguration: [
        { name: 'egress', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      ],
      // Gateway endpoints are free; through a NAT gateway, table traffic and image layers would cost money for each GB.
      gatewayEndpoints: { DynamoDb: endpoint('DYNAMODB'), S3: endpoint('S3') },
      // Nothing uses the default group (a test checks that), and emptying it would need a Lambda function.
      restrictDefaultSecurityGroup: false,
    });
    this.logRejectedTraffic(config);
  }

  /** The region's first zones by position: looking up their names would need credentials. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.zones }, (_, position) => Fn.select(position, Fn.getAzs()));
  }

  /** Logs traffic that security groups rejected. Accepted traffic would cost more than its log is worth. */
  private logRejectedTraffic(config: StageConfig): void {
    const scope = new Construct(this, 'RejectedTraffic');
    const log = rejectionLog(scope, config, `/${metricsNamespaceOf(config)}/rejected-traffic`);
    new FlowLog(scope, 'FlowLog', {
      resourceType: FlowLogResourceType.fromVpc(this.vpc),
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(log),
    });
  }
}

function endpoint(service: 'DYNAMODB' | 'S3'): GatewayVpcEndpointOptions {
  return { service: GatewayVpcEndpointAwsService[service] };
}

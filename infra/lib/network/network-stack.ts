import { Fn, Stack, type StackProps } from 'aws-cdk-lib/core';
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
import { metricsNamespaceOf, type StageConfig } from '../config.ts';
import { rejectionLog } from '../retention.ts';

export interface NetworkStackProps extends StackProps {
  readonly config: StageConfig;
}

/** Private subnets for everything of ours; only NAT gateways stand in public ones. */
export class NetworkStack extends Stack {
  readonly vpc: Vpc;
  private readonly zones: number;

  constructor(scope: Construct, id: string, { config, ...props }: NetworkStackProps) {
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
      // Free, unlike interface endpoints and what a NAT gateway takes for each GB: table traffic and image layers.
      gatewayEndpoints: { DynamoDb: endpoint('DYNAMODB'), S3: endpoint('S3') },
      // Nothing uses it (a test holds that); to empty it takes a Lambda function.
      restrictDefaultSecurityGroup: false,
    });
    this.logRejectedTraffic(config);
  }

  /** The region's first zones, whatever their names: to look them up takes credentials. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.zones }, (_, position) => Fn.select(position, Fn.getAzs()));
  }

  /** What security groups turned away. What they let pass would cost more to log than it shows. */
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

import { Annotations, Fn, Stack, Validations } from 'aws-cdk-lib/core';
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
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import {
  hasPublicTasks,
  metricsNamespaceOf,
  type ExistingVpc,
  type StageConfig,
  type StageStackProps,
} from '../config.ts';
import { rejectionLog } from '../retention.ts';

/** The subnets of a stage. The load balancer is in the private ones. */
export interface Network {
  readonly vpc: IVpc;
  readonly privateSubnets: SubnetSelection;
  readonly taskSubnets: SubnetSelection;
}

/** The network of a stage with an existing VPC. */
export function existingNetwork(scope: Construct, { existingVpc, availabilityZones }: StageConfig): Network {
  const { id: vpcId, cidr: vpcCidrBlock, privateSubnetIds } = existingVpc as ExistingVpc;
  Annotations.of(scope).acknowledgeWarning(
    '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    'The routes are those of the owner',
  );
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    vpcCidrBlock,
    availabilityZones: [...(availabilityZones as readonly string[])],
    privateSubnetIds: [...privateSubnetIds],
  });
  const privateSubnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  return { vpc, privateSubnets, taskSubnets: privateSubnets };
}

const DEFAULT_CIDR = '10.0.0.0/16';

/** A VPC of the stage. NAT gateways, or the tasks of a stage without them, are in public subnets, everything else in private ones. */
export class NetworkStack extends Stack implements Network {
  readonly vpc: Vpc;
  readonly privateSubnets: SubnetSelection;
  readonly taskSubnets: SubnetSelection;
  private readonly zones: StageConfig['availabilityZones'];

  constructor(scope: Construct, id: string, { config, ...props }: StageStackProps) {
    super(scope, id, props);
    const { availabilityZones, natGateways, vpcCidr = DEFAULT_CIDR } = config;
    const withPublicTasks = hasPublicTasks(config);
    // A sixteenth of the VPC, so that six zones have room for two such subnets.
    const cidrMask = Number(vpcCidr.split('/')[1]) + 4;
    const subnetType = withPublicTasks ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS;
    this.zones = availabilityZones;
    if (typeof availabilityZones !== 'number')
      Validations.of(this).acknowledge({ id: 'CloudFormation-Validate::W3010', reason: 'The stage names its zones' });
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(vpcCidr),
      maxAzs: this.availabilityZones.length,
      natGateways,
      subnetConfiguration: [
        {
          name: 'egress',
          subnetType: SubnetType.PUBLIC,
          cidrMask: withPublicTasks ? cidrMask : 26,
          mapPublicIpOnLaunch: false,
        },
        { name: 'private', subnetType, cidrMask },
      ],
      // Gateway endpoints are free; through a NAT gateway, table traffic and image layers would cost money for each GB.
      gatewayEndpoints: { DynamoDb: endpoint('DYNAMODB'), S3: endpoint('S3') },
      // Nothing uses the default group (a test checks that), and emptying it would need a Lambda function.
      restrictDefaultSecurityGroup: false,
    });
    this.privateSubnets = { subnetType };
    this.taskSubnets = withPublicTasks ? { subnetType: SubnetType.PUBLIC } : this.privateSubnets;
    this.logRejectedTraffic(config);
  }

  /** The names in the configuration, or the region's first zones: looking up their names would need credentials. */
  override get availabilityZones(): string[] {
    if (typeof this.zones !== 'number') return [...this.zones];
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

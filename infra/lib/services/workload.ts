import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { ScalableTarget, ServiceNamespace } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Port, SecurityGroup, SubnetType, Peer, type Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AwsLogDriverMode,
  Capability,
  ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  Secret as ContainerSecret,
  type CapacityProviderStrategy,
  type Cluster,
} from 'aws-cdk-lib/aws-ecs';
import { Role, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { metricsNamespaceOf, prefixOf, type ServiceName, type StageConfig } from '../config.ts';
import { addTraceCollector, traceStatement, TRACES_ENDPOINT } from './trace-collector.ts';
import { WorkloadImage } from './workload-image.ts';
import { executionRole, taskRole } from './workload-roles.ts';

/** The services end within 25 s of SIGTERM. */
const STOP_SECONDS = 30;

/** What each service of a stage stands on. */
export interface WorkloadSurroundings {
  readonly config: StageConfig;
  readonly vpc: Vpc;
  readonly cluster: Cluster;
}

export interface WorkloadProps extends WorkloadSurroundings {
  readonly name: ServiceName;
  /** The variable of the port, and the port, on which the service tells how it is. */
  readonly port: { readonly variable: string; readonly number: number };
  /** Everything that the service's configuration reads, but what all services have. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, Secret>>;
  /** The AWS calls of the service. */
  readonly statements: readonly PolicyStatement[];
  readonly capacityProviderStrategies?: CapacityProviderStrategy[];
}

/** One of our services on Fargate: its task, what it may do, its log, and how many of it there may be. */
export class Workload extends Construct {
  readonly name: ServiceName;
  readonly logGroup: LogGroup;
  readonly taskDefinition: FargateTaskDefinition;
  readonly securityGroup: SecurityGroup;
  readonly service: FargateService;
  readonly tasks: ScalableTarget;
  private readonly props: WorkloadProps;

  constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    this.name = props.name;
    this.props = props;
    this.logGroup = this.log();
    this.taskDefinition = this.task();
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: `Tasks of ${props.name}`,
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS and the token issuer, through NAT or endpoint');
    this.service = this.fargateService();
    this.tasks = this.taskCount();
  }

  /** A metric that the service tells, of `#libs/metrics`. */
  metric(metricName: string, statistic: string): Metric {
    return new Metric({
      namespace: metricsNamespaceOf(this.props.config),
      metricName,
      dimensionsMap: { Service: this.name },
      statistic,
      period: Duration.minutes(1),
    });
  }

  private log(): LogGroup {
    const { config, name } = this.props;
    return new LogGroup(this, 'Log', {
      logGroupName: `/${metricsNamespaceOf(config)}/${name}`,
      retention: config.logRetentionDays,
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  private task(): FargateTaskDefinition {
    const { config, name, port, secrets = {} } = this.props;
    const image = new WorkloadImage(this, 'Image', name);
    const { cpu, memoryMiB } = config.services[name];
    const starter = executionRole(this, {
      repository: image.repository,
      logGroup: this.logGroup,
      secrets: Object.values(secrets),
    });
    const taskDefinition = new FargateTaskDefinition(this, 'Task', {
      family: `${prefixOf(config)}-${name}`,
      cpu,
      memoryLimitMiB: memoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      // Complete as it is: what CDK would add on its own is not added.
      executionRole: starter.withoutPolicyUpdates(),
      taskRole: this.callerRole().withoutPolicyUpdates(),
    });
    acknowledge(taskDefinition, 'ECS2', 'What they hold is no secret; secrets come from Secrets Manager');
    // A log that does not take lines must not hold up orders.
    const logging = LogDrivers.awsLogs({
      streamPrefix: name,
      logGroup: this.logGroup,
      mode: AwsLogDriverMode.NON_BLOCKING,
    });
    taskDefinition.addContainer(name, {
      image: ContainerImage.fromDockerImageAsset(image),
      essential: true,
      user: 'node',
      readonlyRootFilesystem: true,
      linuxParameters: this.withoutCapabilities(),
      environment: this.environment(),
      secrets: Object.fromEntries(
        Object.entries(secrets).map(([variable, secret]) => [variable, ContainerSecret.fromSecretsManager(secret)]),
      ),
      portMappings: [{ containerPort: port.number }],
      // Live, not ready: a task that is not live is replaced, and a new one would not bring SQS back.
      healthCheck: {
        command: ['CMD', 'node', 'health-check.js', port.variable, String(port.number), '/health/live'],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
      stopTimeout: Duration.seconds(STOP_SECONDS),
      logging,
    });
    if (config.tracing) addTraceCollector(taskDefinition, logging);
    return taskDefinition;
  }

  private callerRole(): Role {
    const { config, statements } = this.props;
    if (!config.tracing) return taskRole(this, statements);
    const role = taskRole(this, [...statements, traceStatement()]);
    acknowledge(role, 'IAM5[Resource::*]', 'X-Ray has no resources to name');
    return role;
  }

  private environment(): Record<string, string> {
    const { config, port, environment } = this.props;
    return {
      LOG_LEVEL: 'info',
      LOG_PRETTY: '0',
      METRICS: 'emf',
      METRICS_NAMESPACE: metricsNamespaceOf(config),
      ...(config.tracing && { OTEL_EXPORTER_OTLP_ENDPOINT: TRACES_ENDPOINT }),
      [port.variable]: String(port.number),
      ...environment,
    };
  }

  private withoutCapabilities(): LinuxParameters {
    const parameters = new LinuxParameters(this, 'LinuxParameters');
    parameters.dropCapabilities(Capability.ALL);
    return parameters;
  }

  private fargateService(): FargateService {
    const { name, cluster, capacityProviderStrategies } = this.props;
    return new FargateService(this, 'Service', {
      serviceName: name,
      cluster,
      taskDefinition: this.taskDefinition,
      // No desiredCount: a deployment leaves the number to auto scaling.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      securityGroups: [this.securityGroup],
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      assignPublicIp: false,
      enableExecuteCommand: false,
      ...(capacityProviderStrategies && { capacityProviderStrategies }),
    });
  }

  private taskCount(): ScalableTarget {
    const { config, cluster } = this.props;
    const { minTasks, maxTasks } = config.services[this.name];
    const roleArn = Stack.of(this).formatArn({
      service: 'iam',
      region: '',
      resource: 'role/aws-service-role/ecs.application-autoscaling.amazonaws.com',
      resourceName: 'AWSServiceRoleForApplicationAutoScaling_ECSService',
    });
    return new ScalableTarget(this, 'Tasks', {
      serviceNamespace: ServiceNamespace.ECS,
      resourceId: `service/${cluster.clusterName}/${this.service.serviceName}`,
      scalableDimension: 'ecs:service:DesiredCount',
      minCapacity: minTasks,
      maxCapacity: maxTasks,
      role: Role.fromRoleArn(this, 'AutoScalingRole', roleArn),
    });
  }
}

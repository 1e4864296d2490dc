import { Duration, Stack } from 'aws-cdk-lib/core';
import { ScalableTarget, ServiceNamespace } from 'aws-cdk-lib/aws-applicationautoscaling';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { FargateService, PropagatedTagSource, type CapacityProviderStrategy, type Cluster } from 'aws-cdk-lib/aws-ecs';
import { Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { hasPublicTasks, metricsNamespaceOf, type ServiceName, type StageConfig } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { Network } from '../network/network-stack.ts';
import { removalPolicyOf } from '../retention.ts';
import type { RunbookAlarm } from '../runbook-alarm.ts';
import { WorkloadTask, type WorkloadTaskProps } from './workload-task.ts';

/** The resources that all services of a stage share. */
export interface WorkloadDependencies {
  readonly config: StageConfig;
  readonly network: Network;
  readonly cluster: Cluster;
  readonly data: DataStack;
}

export interface WorkloadProps extends WorkloadDependencies, WorkloadTaskProps {
  readonly capacityProviderStrategies?: CapacityProviderStrategy[];
}

/** One of our services on Fargate: its tasks, role, log group and security group. */
export class Workload extends Construct {
  readonly name: ServiceName;
  readonly logGroup: LogGroup;
  readonly taskDefinition: WorkloadTask;
  readonly securityGroup: SecurityGroup;
  readonly service: FargateService;
  /** The number of tasks, between the minimum and maximum of the stage. */
  readonly tasks: ScalableTarget;
  private readonly config: StageConfig;

  constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    this.name = props.name;
    this.config = props.config;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/${metricsNamespaceOf(props.config)}/${props.name}`,
      retention: props.config.logRetentionDays,
      removalPolicy: removalPolicyOf(props.config),
    });
    this.taskDefinition = new WorkloadTask(this, 'Task', { ...props, logGroup: this.logGroup });
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: props.network.vpc,
      description: `Tasks of ${props.name}`,
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS and the token issuer');
    this.service = this.fargateService(props);
    this.tasks = this.taskCount(props.cluster);
  }

  /** A metric of `#libs/metrics` that the service reports. */
  metric(metricName: string, statistic: string): Metric {
    return new Metric({
      namespace: metricsNamespaceOf(this.config),
      metricName,
      dimensionsMap: { Service: this.name },
      statistic,
      period: Duration.minutes(1),
    });
  }

  /** A metric with more dimensions than the service, e.g. `Route,Status`: one line for each combination of their values. */
  metricBy(dimensions: string, metricName: string, statistic: string): MathExpression {
    const namespace = metricsNamespaceOf(this.config);
    const search = `{"${namespace}",Service,${dimensions}} MetricName="${metricName}" Service="${this.name}"`;
    return new MathExpression({
      label: '',
      expression: `SEARCH('${search}', '${statistic}', 60)`,
      usingMetrics: {},
      period: Duration.minutes(1),
    });
  }

  /** Each running task reports its CPU once a minute, so the samples count the tasks. Container Insights would cost extra. */
  runningTasks(): Metric {
    return this.service.metricCpuUtilization({
      label: 'Running tasks',
      statistic: 'SampleCount',
      period: Duration.minutes(1),
    });
  }

  /** A deployment is undone if one of these alarms starts to ring during it. An alarm that rang before is ignored. */
  rollBackOn(...alarms: readonly RunbookAlarm[]): void {
    // Plain names: with references, CDK warns of a circular dependency, which only alarms on the service itself would cause.
    this.service.enableDeploymentAlarms(alarms.map(({ name }) => name));
    this.service.node.addDependency(...alarms);
  }

  private fargateService({ name, cluster, network, capacityProviderStrategies }: WorkloadProps): FargateService {
    return new FargateService(this, 'Service', {
      serviceName: name,
      cluster,
      taskDefinition: this.taskDefinition,
      // No desiredCount: a deployment leaves the number to auto scaling.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      securityGroups: [this.securityGroup],
      vpcSubnets: network.taskSubnets,
      // No rule of a security group lets anybody connect to a public address.
      assignPublicIp: hasPublicTasks(this.config),
      enableExecuteCommand: false,
      propagateTags: PropagatedTagSource.SERVICE,
      ...(capacityProviderStrategies && { capacityProviderStrategies }),
    });
  }

  private taskCount(cluster: Cluster): ScalableTarget {
    const { minTasks, maxTasks } = this.config.services[this.name];
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

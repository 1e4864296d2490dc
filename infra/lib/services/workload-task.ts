import { join } from 'node:path';
import { Duration, Size } from 'aws-cdk-lib/core';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  AwsLogDriverMode,
  Capability,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  Secret as ContainerSecret,
} from 'aws-cdk-lib/aws-ecs';
import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import { metricsNamespaceOf, prefixOf, type ServiceName, type StageConfig } from '../config.ts';
import { addTraceCollector, cpuBesideCollector, traceStatement, TRACES_ENDPOINT } from './trace-collector.ts';
import { executionRole, role } from './workload-roles.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** The services exit within 25 s of SIGTERM. */
const STOP_SECONDS = 30;

/** Buffer for log lines and metrics while CloudWatch is slow: more than one minute of a busy task's 350 KB/s. */
const LOG_BUFFER = Size.mebibytes(25);

export interface WorkloadTaskProps {
  readonly config: StageConfig;
  readonly name: ServiceName;
  /** The port on which the service answers health checks, and the variable that sets it. */
  readonly port: { readonly variable: string; readonly number: number };
  /** All variables of the service's configuration, except those that all services have. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, Secret>>;
  /** Permissions for the AWS calls of the service. */
  readonly statements: readonly PolicyStatement[];
}

/** A task definition with one container of ours, which has only the permissions that it uses. */
export class WorkloadTask extends FargateTaskDefinition {
  constructor(scope: Construct, id: string, props: WorkloadTaskProps & { readonly logGroup: LogGroup }) {
    const { config, name, logGroup, secrets = {} } = props;
    const { cpu, memoryMiB } = config.services[name];
    // Its tag is a digest of its sources, so an unchanged checkout deploys nothing, a rollback finds its image, and no pipeline
    // has to pass a tag to a stack. It is pushed to the repository that `cdk bootstrap` creates: tags are immutable, images are
    // scanned on push.
    const image = new DockerImageAsset(scope, 'Image', {
      directory: ROOT,
      target: name,
      platform: Platform.LINUX_ARM64,
      assetName: name,
    });
    const resources = { repository: image.repository, logGroup, secrets: Object.values(secrets) };
    super(scope, id, {
      family: `${prefixOf(config)}-${name}`,
      cpu,
      memoryLimitMiB: memoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      // The roles are complete: CDK must not add its own statements.
      executionRole: executionRole(scope, resources).withoutPolicyUpdates(),
      taskRole: callerRole(scope, props).withoutPolicyUpdates(),
    });
    acknowledge(this, 'ECS2', 'The variables hold no secrets; secrets come from Secrets Manager');
    this.addApp(props, image, logGroup);
  }

  private addApp(props: WorkloadTaskProps, image: DockerImageAsset, logGroup: LogGroup): void {
    const { config, name, port, secrets = {} } = props;
    const { cpu } = config.services[name];
    const hasCollector = config.traceSampleRatio > 0;
    const linuxParameters = this.withoutCapabilities();
    // A slow log must not delay orders.
    const logging = LogDrivers.awsLogs({
      streamPrefix: name,
      logGroup,
      mode: AwsLogDriverMode.NON_BLOCKING,
      maxBufferSize: LOG_BUFFER,
    });
    this.addContainer(name, {
      image: ContainerImage.fromDockerImageAsset(image),
      essential: true,
      cpu: hasCollector ? cpuBesideCollector(cpu) : cpu,
      user: 'node',
      readonlyRootFilesystem: true,
      linuxParameters,
      environment: environmentOf(props),
      secrets: Object.fromEntries(
        Object.entries(secrets).map(([variable, secret]) => [variable, ContainerSecret.fromSecretsManager(secret)]),
      ),
      portMappings: [{ containerPort: port.number }],
      // Live, not ready: ECS replaces a failing task, and a new task would not end an outage of SQS. A task that is slow for
      // half a minute stays, because the others would be slower without it.
      healthCheck: {
        command: ['CMD', 'node', 'health-check.js', port.variable, String(port.number), '/health/live'],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 5,
        startPeriod: Duration.seconds(30),
      },
      stopTimeout: Duration.seconds(STOP_SECONDS),
      logging,
    });
    if (hasCollector) addTraceCollector(this, logging, linuxParameters);
  }

  private withoutCapabilities(): LinuxParameters {
    // The init process exits on a signal, even before Node listens for it.
    const parameters = new LinuxParameters(this, 'LinuxParameters', { initProcessEnabled: true });
    parameters.dropCapabilities(Capability.ALL);
    return parameters;
  }
}

/** The role of the app itself. */
function callerRole(scope: Construct, { config, statements }: WorkloadTaskProps): Role {
  if (config.traceSampleRatio === 0) return role(scope, 'TaskRole', statements);
  const tracing = role(scope, 'TaskRole', [...statements, traceStatement()]);
  acknowledge(tracing, 'IAM5[Resource::*]', 'X-Ray has no resource-level permissions');
  return tracing;
}

function environmentOf({ config, port, environment }: WorkloadTaskProps): Record<string, string> {
  return {
    AWS_REGION: config.region,
    LOG_LEVEL: 'info',
    LOG_PRETTY: '0',
    METRICS: 'emf',
    METRICS_NAMESPACE: metricsNamespaceOf(config),
    ...(config.traceSampleRatio > 0 && { OTEL_EXPORTER_OTLP_ENDPOINT: TRACES_ENDPOINT }),
    OTEL_TRACES_SAMPLER_ARG: String(config.traceSampleRatio),
    [port.variable]: String(port.number),
    ...environment,
  };
}

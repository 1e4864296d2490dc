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
import { executionRole, taskRole } from './workload-roles.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** The services end within 25 s of SIGTERM. */
const STOP_SECONDS = 30;

/** Log lines that wait for CloudWatch, metrics among them: over a minute of a busy task's 350 KB/s. */
const LOG_BUFFER = Size.mebibytes(25);

export interface WorkloadTaskProps {
  readonly config: StageConfig;
  readonly name: ServiceName;
  /** The variable of the port, and the port, on which the service tells how it is. */
  readonly port: { readonly variable: string; readonly number: number };
  /** Everything that the service's configuration reads, but what all services have. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, Secret>>;
  /** The AWS calls of the service. */
  readonly statements: readonly PolicyStatement[];
}

/** What runs: one container of ours, with no more rights than it uses. */
export class WorkloadTask extends FargateTaskDefinition {
  constructor(scope: Construct, id: string, props: WorkloadTaskProps & { readonly logGroup: LogGroup }) {
    const { config, name, logGroup, secrets = {} } = props;
    const { cpu, memoryMiB } = config.services[name];
    const image = new WorkloadImage(scope, 'Image', name);
    const needs = { repository: image.repository, logGroup, secrets: Object.values(secrets) };
    super(scope, id, {
      family: `${prefixOf(config)}-${name}`,
      cpu,
      memoryLimitMiB: memoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      // Complete as they are: what CDK would add on its own is not added.
      executionRole: executionRole(scope, needs).withoutPolicyUpdates(),
      taskRole: callerRole(scope, props).withoutPolicyUpdates(),
    });
    acknowledge(this, 'ECS2', 'What they hold is no secret; secrets come from Secrets Manager');
    this.addApp(props, image, logGroup);
  }

  private addApp(props: WorkloadTaskProps, image: WorkloadImage, logGroup: LogGroup): void {
    const { config, name, port, secrets = {} } = props;
    const { cpu } = config.services[name];
    const hasCollector = config.traceSampleRatio > 0;
    // A log that does not take lines must not hold up orders.
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
      linuxParameters: this.withoutCapabilities(),
      environment: environmentOf(props),
      secrets: Object.fromEntries(
        Object.entries(secrets).map(([variable, secret]) => [variable, ContainerSecret.fromSecretsManager(secret)]),
      ),
      portMappings: [{ containerPort: port.number }],
      // Live, not ready: a task that is not live is replaced, and a new one would not bring SQS back. Busy is not dead: one that
      // is slow for half a minute stays, for without it the others are slower.
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
    if (hasCollector) addTraceCollector(this, logging);
  }

  /** With a first process that ends by a signal, also by one that comes before Node listens for it. */
  private withoutCapabilities(): LinuxParameters {
    const parameters = new LinuxParameters(this, 'LinuxParameters', { initProcessEnabled: true });
    parameters.dropCapabilities(Capability.ALL);
    return parameters;
  }
}

function callerRole(scope: Construct, { config, statements }: WorkloadTaskProps): Role {
  if (config.traceSampleRatio === 0) return taskRole(scope, statements);
  const role = taskRole(scope, [...statements, traceStatement()]);
  acknowledge(role, 'IAM5[Resource::*]', 'X-Ray has no resources to name');
  return role;
}

function environmentOf({ config, port, environment }: WorkloadTaskProps): Record<string, string> {
  return {
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

/**
 * A target of the Dockerfile, built when it is deployed. Its tag is a digest of what it is built of, so an unchanged
 * checkout deploys nothing, a rollback finds its image, and no tag has to be handed from a pipeline to a stack. It lies in
 * the repository that `cdk bootstrap` makes: immutable tags, scanned on push.
 */
class WorkloadImage extends DockerImageAsset {
  constructor(scope: Construct, id: string, name: ServiceName) {
    super(scope, id, { directory: ROOT, target: name, platform: Platform.LINUX_ARM64, assetName: name });
  }
}

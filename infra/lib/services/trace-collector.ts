import { ContainerImage, type FargateTaskDefinition, type LinuxParameters, type LogDriver } from 'aws-cdk-lib/aws-ecs';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { allow } from './workload-roles.ts';

/** v0.50.0, for both architectures. */
const IMAGE =
  'public.ecr.aws/aws-observability/aws-otel-collector@sha256:7968fb60db6a2390a47ba6a2df029745638486e285c9b2487da1b722d0855a3e';

/** The address within the task to which an app sends its traces. */
export const TRACES_ENDPOINT = 'http://127.0.0.1:4318';

/** The collector's share of the task's CPU units. */
const COLLECTOR_CPU = 32;

/** The app's share of the task's CPU units. Without an explicit share, ECS gives a container less than the collector has. */
export function cpuBesideCollector(taskCpu: number): number {
  return taskCpu - COLLECTOR_CPU;
}

/** Receives traces by OTLP and sends them to X-Ray, and does nothing else. */
const COLLECTOR_CONFIG = `
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:4318
processors:
  batch: {}
exporters:
  awsxray: {}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch]
      exporters: [awsxray]
`;

/** X-Ray has no resource-level permissions. */
export function traceStatement(): PolicyStatement {
  return allow('Traces', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']);
}

/** Adds a collector beside the app. If the collector dies, the app continues without traces. */
export function addTraceCollector(
  taskDefinition: FargateTaskDefinition,
  logging: LogDriver,
  linuxParameters: LinuxParameters,
): void {
  taskDefinition.addContainer('trace-collector', {
    image: ContainerImage.fromRegistry(IMAGE),
    essential: false,
    cpu: COLLECTOR_CPU,
    // If the collector needs more, it is killed, and not the app.
    memoryLimitMiB: 192,
    memoryReservationMiB: 64,
    // Any user that is not root: it reads its configuration from a variable and listens above port 1024.
    user: '4317',
    linuxParameters,
    readonlyRootFilesystem: true,
    environment: { AOT_CONFIG_CONTENT: COLLECTOR_CONFIG },
    logging,
  });
}

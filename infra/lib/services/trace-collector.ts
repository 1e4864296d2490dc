import type { LogDriver } from 'aws-cdk-lib/aws-ecs';
import { ContainerImage, type FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

const IMAGE = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3';

/** Where an app sends its traces to, inside of its task. */
export const TRACES_ENDPOINT = 'http://127.0.0.1:4318';

/** CPU units, of those of the task. */
const COLLECTOR_CPU = 32;

/** What is left for the app. Without a share of its own a container gets as little as ECS gives, below the collector's. */
export function cpuBesideCollector(taskCpu: number): number {
  return taskCpu - COLLECTOR_CPU;
}

/** Traces in by OTLP, out to X-Ray, and nothing else. */
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

/** X-Ray has no resources to name. */
export function traceStatement(): PolicyStatement {
  return new PolicyStatement({
    sid: 'Traces',
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    resources: ['*'],
  });
}

/** A collector beside the app. If it dies, the app goes on without traces. */
export function addTraceCollector(taskDefinition: FargateTaskDefinition, logging: LogDriver): void {
  taskDefinition.addContainer('trace-collector', {
    image: ContainerImage.fromRegistry(IMAGE),
    essential: false,
    cpu: COLLECTOR_CPU,
    // Above it the collector is killed, not the app.
    memoryLimitMiB: 192,
    memoryReservationMiB: 64,
    readonlyRootFilesystem: true,
    environment: { AOT_CONFIG_CONTENT: COLLECTOR_CONFIG },
    logging,
  });
}

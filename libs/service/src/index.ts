export { awsClient, type AwsClientBounds, SQS_OPTIONS } from './aws-client.ts';
export { SQS_CALLS, sqsClient, type SqsCalls } from './direct-sqs-client.ts';
export { HealthServer } from './health-server.ts';
export { type HealthCheck, type HealthReport, ReadinessReport } from './health.ts';
export { createLogger, type Logger, NestLogger } from './logger.ts';
export { type RunningService, runService } from './run-service.ts';
export { startTelemetry, type Telemetry } from './telemetry.ts';
export { continueTrace, traceIdOf } from './trace-context.ts';
export { noTracing, type Tracing, type WorkSpan } from './tracing.ts';

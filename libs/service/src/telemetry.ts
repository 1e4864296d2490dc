import {
  embeddedMetricOutput,
  logOutput,
  type MeasuredService,
  type MetricOutput,
  MetricRecorder,
  MetricReporter,
  otlpOutput,
} from '#libs/metrics';
import type { ServiceConfig } from '#libs/configuration';
import { createLogger, type Logger } from './logger.ts';
import { noTracing, type Tracing } from './tracing.ts';

/** While the collector is unavailable each export fails: one line a minute is enough. */
const FAILURE_LOG_INTERVAL_MS = 60_000;

/** The outputs of a service: log, metrics and traces. */
export interface Telemetry<Service extends MeasuredService> {
  logger: Logger;
  metrics: MetricRecorder<Service>;
  tracing: Tracing;
}

export interface RunningTelemetry<Service extends MeasuredService> extends Telemetry<Service> {
  /** Sends the last reports. Call it after the work has ended. */
  stop: () => Promise<void>;
}

export async function startTelemetry<Service extends MeasuredService>(
  service: Service,
  config: ServiceConfig,
): Promise<RunningTelemetry<Service>> {
  const logger = createLogger(service, config);
  const metrics = new MetricRecorder(service);
  const output = await metricOutputOf(service, config, logger);
  const reporter = output && new MetricReporter(metrics, output);
  const tracing = await tracingOf(service, config, logger);
  const stop = async () => {
    await Promise.all([reporter?.stop(), tracing.stop()]);
  };
  return { logger, metrics, tracing, stop };
}

async function metricOutputOf(
  service: MeasuredService,
  config: ServiceConfig,
  logger: Logger,
): Promise<MetricOutput | undefined> {
  if (config.METRICS === 'off') return undefined;
  if (config.METRICS === 'log') return logOutput((fields) => logger.info(fields, 'metrics'));
  if (config.METRICS === 'otlp') {
    const warn = atMostEachMinute((err: Error) => logger.warn({ err }, 'metrics_export_failed'));
    return otlpOutput(service, config.OTEL_EXPORTER_OTLP_ENDPOINT!, warn);
  }
  return embeddedMetricOutput(config.METRICS_NAMESPACE, (line) => process.stdout.write(line));
}

async function tracingOf(service: string, config: ServiceConfig, logger: Logger): Promise<Tracing> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: sampleRatio } = config;
  if (endpoint === undefined || config.OTEL_TRACES_EXPORTER === 'none') return noTracing;
  const { OpenTelemetry } = await import('./open-telemetry.ts');
  const warn = atMostEachMinute((message: string) => logger.warn({ message }, 'tracing_failed'));
  return new OpenTelemetry({ service, endpoint, sampleRatio }, warn);
}

function atMostEachMinute<T>(log: (failure: T) => void): (failure: T) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (failure) => {
    if (performance.now() - lastMs < FAILURE_LOG_INTERVAL_MS) return;
    lastMs = performance.now();
    log(failure);
  };
}

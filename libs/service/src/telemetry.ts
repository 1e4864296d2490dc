import {
  embeddedMetricOutput,
  logOutput,
  type MeasuredService,
  type MetricOutput,
  MetricRecorder,
  MetricTelling,
} from '#libs/metrics';
import type { ServiceConfig } from '#libs/configuration';
import { createLogger, type Logger } from './logger.ts';
import { otlpMetricOutput } from './otlp-metric-output.ts';
import { noTracing, type Tracing } from './tracing.ts';

/** Where a service tells what it does. */
export interface Telemetry<Service extends MeasuredService> {
  logger: Logger;
  metrics: MetricRecorder<Service>;
  tracing: Tracing;
}

export interface RunningTelemetry<Service extends MeasuredService> extends Telemetry<Service> {
  /** Tells what there is for the last time; comes after the work has ended. */
  stop: () => Promise<void>;
}

export async function startTelemetry<Service extends MeasuredService>(
  service: Service,
  config: ServiceConfig,
): Promise<RunningTelemetry<Service>> {
  const logger = createLogger(service, config);
  const metrics = new MetricRecorder(service);
  const output = await metricOutputOf(service, config, logger);
  const telling = output && new MetricTelling(metrics, output);
  const tracing = await tracingOf(service, config, logger);
  const stop = async () => {
    await Promise.all([telling?.stop(), tracing.stop()]);
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
  if (config.METRICS === 'otlp') return otlpMetricOutput(service, config.OTEL_EXPORTER_OTLP_ENDPOINT!, logger);
  return embeddedMetricOutput(config.METRICS_NAMESPACE, (line) => process.stdout.write(line));
}

async function tracingOf(service: string, config: ServiceConfig, logger: Logger): Promise<Tracing> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: sampleRatio } = config;
  if (endpoint === undefined) return noTracing;
  const { OpenTelemetry } = await import('./open-telemetry.ts');
  return new OpenTelemetry({ service, endpoint, sampleRatio }, logger);
}

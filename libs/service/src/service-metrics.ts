import {
  embeddedMetricOutput,
  logOutput,
  type MeasuredService,
  type MetricOutput,
  MetricRecorder,
  MetricTelling,
} from '#libs/metrics';
import type { ServiceConfig } from './configuration-fields.ts';
import type { Logger } from './logger.ts';

/** What a service measures, told as its configuration says. */
export interface ServiceMetrics<Service extends MeasuredService> {
  recorder: MetricRecorder<Service>;
  /** Tells what there is for the last time. */
  stop: () => void;
}

export async function startMetrics<Service extends MeasuredService>(
  service: Service,
  config: ServiceConfig,
  logger: Logger,
): Promise<ServiceMetrics<Service>> {
  const recorder = new MetricRecorder(service);
  const output = await outputOf(config, logger);
  const telling = output && new MetricTelling(recorder, output);
  return { recorder, stop: () => telling?.stop() };
}

async function outputOf(config: ServiceConfig, logger: Logger): Promise<MetricOutput | undefined> {
  if (config.METRICS === 'off') return undefined;
  if (config.METRICS === 'log') return logOutput((fields) => logger.info(fields, 'metrics'));
  return embeddedMetricOutput(config.METRICS_NAMESPACE, (line) => process.stdout.write(line));
}

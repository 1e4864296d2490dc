export { type MeasuredService, type MetricDefinition, serviceMetrics } from './metric-definitions.ts';
export { embeddedMetricOutput, logOutput, type MetricOutput, otlpOutput } from './metric-output.ts';
export { MetricRecorder } from './metric-recorder.ts';
export { MetricReporter } from './metric-reporter.ts';

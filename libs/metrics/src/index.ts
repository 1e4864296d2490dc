export { type MeasuredService, type MetricDefinition, serviceMetrics } from './metric-definitions.ts';
export type { MetricDocument, MetricValue } from './metric-document.ts';
export { embeddedMetricOutput, logOutput, type MetricOutput } from './metric-output.ts';
export { MetricRecorder } from './metric-recorder.ts';
export { OtlpMetrics } from './otlp-metrics.ts';
export { MetricTelling } from './metric-telling.ts';

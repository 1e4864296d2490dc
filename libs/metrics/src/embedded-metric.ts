import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MetricDocument } from './metric-document.ts';

/**
 * A document in CloudWatch's embedded metric format, one line of JSON: in a log group its values become metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetric(namespace: string, { dimensions, values }: MetricDocument): string {
  const metrics = new Metrics({ namespace });
  // Of its own it has the dimension `service`, in lower case.
  metrics.clearDefaultDimensions();
  metrics.addDimensions({ ...dimensions });
  for (const { name, unit, value } of values) {
    for (const single of typeof value === 'number' ? [value] : value) metrics.addMetric(name, unit, toTenths(single));
  }
  return JSON.stringify(metrics.serializeMetrics());
}

/** The clock's sixteen digits would be most of a line. */
function toTenths(value: number): number {
  return Math.round(value * 10) / 10;
}

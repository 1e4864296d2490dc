import { Metrics } from '@aws-lambda-powertools/metrics';
import { toTenths } from './metric-output.ts';
import type { MetricDocument } from './metric-recorder.ts';

/**
 * Returns a document in CloudWatch's embedded metric format, one line of JSON: in a log group its values become metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetric(namespace: string, { dimensions, values }: MetricDocument): string {
  const metrics = new Metrics({ namespace });
  // By default Powertools adds a dimension `service`, in lower case.
  metrics.clearDefaultDimensions();
  metrics.addDimensions({ ...dimensions });
  for (const { name, unit, value } of values) {
    for (const single of typeof value === 'number' ? [value] : value) metrics.addMetric(name, unit, toTenths(single));
  }
  const document = metrics.serializeMetrics();
  // The total over all dimensions is for alarms, which cannot add up metrics that they cannot name.
  if (Object.keys(dimensions).length > 1) {
    for (const { Dimensions } of document._aws.CloudWatchMetrics) Dimensions.push(['Service']);
  }
  return JSON.stringify(document);
}

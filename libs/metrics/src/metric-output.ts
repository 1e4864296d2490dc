import type { MeasuredService } from './metric-definitions.ts';
import type { MetricDocument, MetricValue } from './metric-recorder.ts';

/** Sends one report. A returned promise resolves when the report has arrived or is abandoned; it never rejects. */
export type MetricOutput = (documents: readonly MetricDocument[]) => void | Promise<void>;

/**
 * Returns an output for CloudWatch: each document is a line of JSON in its embedded metric format, whose values become
 * metrics in a log group. The library is loaded on demand, because it takes 8 MB.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export async function embeddedMetricOutput(namespace: string, write: (line: string) => void): Promise<MetricOutput> {
  const { Metrics } = await import('@aws-lambda-powertools/metrics');
  const lineOf = ({ dimensions, values }: MetricDocument) => {
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
    return `${JSON.stringify(document)}\n`;
  };
  return (documents) => documents.forEach((document) => write(lineOf(document)));
}

/**
 * Returns an output for an OpenTelemetry collector. The SDK is loaded on demand, because it takes memory.
 *
 * @param endpoint URL of an OTLP/HTTP collector, without `/v1/metrics`
 * @param onFailure called for each report that the collector has not accepted
 */
export async function otlpOutput(
  service: MeasuredService,
  endpoint: string,
  onFailure: (error: Error) => void,
): Promise<MetricOutput> {
  const { OtlpOutput } = await import('./otlp-output.ts');
  const output = new OtlpOutput(service, endpoint);
  return (documents) => output.send(documents).catch(onFailure);
}

/** Returns an output for people: a whole report as the fields of one log line, such as `"HttpRequests POST /v1/orders 202": 7`. */
export function logOutput(log: (fields: Record<string, unknown>) => void): MetricOutput {
  return (documents) => {
    const fields = documents.flatMap(({ dimensions: { Service: _service, ...others }, values }) =>
      values.map((metric) => [[metric.name, ...Object.values(others)].join(' '), readable(metric)] as const),
    );
    log(Object.fromEntries(fields));
  };
}

function readable({ value }: MetricValue): unknown {
  if (typeof value === 'number') return toTenths(value);
  const { p50, p99, max } = quantilesOf(value);
  return { values: value.length, p50: toTenths(p50), p99: toTenths(p99), max: toTenths(max) };
}

/** Rounds to tenths: the clock's sixteen digits would fill most of a line. */
function toTenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Returns quantiles of at least one value, in any order. */
export function quantilesOf(values: readonly number[]): { p50: number; p99: number; max: number } {
  const ascending = values.toSorted((a, b) => a - b);
  const quantile = (share: number) => ascending[Math.ceil(share * ascending.length) - 1]!;
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}

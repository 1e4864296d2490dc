import type { MeasuredService } from './metric-definitions.ts';
import { quantilesOf } from './distribution.ts';
import type { MetricDocument, MetricValue } from './metric-recorder.ts';

/** Sends one report. A returned promise resolves when the report has arrived or is abandoned; it never rejects. */
export type MetricOutput = (documents: readonly MetricDocument[]) => void | Promise<void>;

/** Returns an output for CloudWatch: a line for each document. The library is loaded on demand, because it takes 8 MB. */
export async function embeddedMetricOutput(namespace: string, write: (line: string) => void): Promise<MetricOutput> {
  const { embeddedMetric } = await import('./embedded-metric.ts');
  return (documents) => documents.forEach((document) => write(`${embeddedMetric(namespace, document)}\n`));
}

/**
 * Returns an output for an OpenTelemetry collector. The SDK is loaded on demand, because it takes memory.
 *
 * @param endpoint of an OTLP/HTTP collector, without `/v1/metrics`
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
export function toTenths(value: number): number {
  return Math.round(value * 10) / 10;
}

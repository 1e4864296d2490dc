import { quantilesOf } from './quantiles.ts';
import type { MetricDocument, MetricValue } from './metric-document.ts';

/** All that is told at a time as the fields of one log line, for people: `"HttpRequests POST /v1/orders 202": 7`. */
export function metricFields(documents: readonly MetricDocument[]): Record<string, unknown> {
  const fields = documents.flatMap(({ dimensions: { Service: _service, ...others }, values }) =>
    values.map((metric) => [[metric.name, ...Object.values(others)].join(' '), readable(metric)]),
  );
  return Object.fromEntries(fields) as Record<string, unknown>;
}

function readable({ value }: MetricValue): unknown {
  if (typeof value === 'number') return rounded(value);
  const { p50, p99, max } = quantilesOf(value);
  return { values: value.length, p50: rounded(p50), p99: rounded(p99), max: rounded(max) };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

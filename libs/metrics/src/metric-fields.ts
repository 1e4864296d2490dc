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
  const ascending = value.toSorted((a, b) => a - b);
  const quantile = (share: number) => rounded(ascending[Math.ceil(share * ascending.length) - 1]!);
  return { values: ascending.length, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

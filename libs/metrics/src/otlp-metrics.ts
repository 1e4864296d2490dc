import { type MeasuredService, type MetricDefinition, serviceMetrics } from './metric-definitions.ts';
import type { MetricDocument, MetricValue } from './metric-document.ts';
import { quantilesOf } from './quantiles.ts';

/** The number of OTLP for totals since a start; Prometheus takes no others. */
const CUMULATIVE = 2;
/** OTLP's units are UCUM's. */
const UNITS = { Count: '1', Milliseconds: 'ms' } as const;

type Attributes = Readonly<Record<string, string>>;

/**
 * What a service measures as OTLP/JSON, the body of a POST to `/v1/metrics`: counters as totals since the process began, of a
 * distribution its quantiles as gauges with the attribute `quantile`.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export class OtlpMetrics {
  private readonly service: MeasuredService;
  private readonly definitions: ReadonlyMap<string, MetricDefinition>;
  private readonly beganMs: number;
  private readonly totals = new Map<string, number>();

  constructor(service: MeasuredService, beganMs: number) {
    this.service = service;
    this.definitions = new Map(Object.entries<MetricDefinition>(serviceMetrics[service]));
    this.beganMs = beganMs;
  }

  /** @param instance what tells this process from others of the service. */
  request(documents: readonly MetricDocument[], instance: string, nowMs: number): object {
    const metrics = documents.flatMap(({ dimensions: { Service: _service, ...attributes }, values }) =>
      values.map((value) => this.metric(value, attributes, nowMs)),
    );
    const names = {
      'service.name': this.service,
      'service.namespace': 'fargate-orders',
      'service.instance.id': instance,
    };
    const scopeMetrics = [{ scope: { name: 'fargate-orders' }, metrics }];
    return { resourceMetrics: [{ resource: { attributes: pairs(names) }, scopeMetrics }] };
  }

  private metric({ name, unit, value }: MetricValue, attributes: Attributes, nowMs: number): object {
    const common = { name, unit: UNITS[unit] };
    if (typeof value !== 'number') {
      const points = Object.entries(quantilesOf(value)).map(([quantile, height]) =>
        point({ ...attributes, quantile }, height, nowMs),
      );
      return { ...common, gauge: { dataPoints: points } };
    }
    if (this.definitions.get(name)?.kind === 'gauge') {
      return { ...common, gauge: { dataPoints: [point(attributes, value, nowMs)] } };
    }
    const startTimeUnixNano = nanos(this.beganMs);
    const dataPoints = [{ ...point(attributes, this.total(name, attributes, value), nowMs), startTimeUnixNano }];
    return { ...common, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } };
  }

  private total(name: string, attributes: Attributes, by: number): number {
    const key = [name, ...Object.values(attributes)].join('\n');
    const total = (this.totals.get(key) ?? 0) + by;
    this.totals.set(key, total);
    return total;
  }
}

function point(attributes: Attributes, value: number, nowMs: number) {
  return { attributes: pairs(attributes), timeUnixNano: nanos(nowMs), asDouble: value };
}

function pairs(attributes: Attributes) {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function nanos(ms: number): string {
  return `${ms}000000`;
}

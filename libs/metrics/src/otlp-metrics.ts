import { type MeasuredService, type MetricDefinition, serviceMetrics } from './metric-definitions.ts';
import type { MetricDocument, MetricValue } from './metric-document.ts';
import { quantilesOf } from './quantiles.ts';

/** The number of OTLP for totals since a start; Prometheus takes no others. */
const CUMULATIVE = 2;
/** OTLP's units are UCUM's. */
const UNITS = { Count: '1', Milliseconds: 'ms' } as const;

type Attributes = Readonly<Record<string, string>>;

interface Total {
  readonly name: string;
  readonly unit: MetricValue['unit'];
  readonly attributes: Attributes;
  sum: number;
}

/**
 * What a service measures as OTLP/JSON, the body of a POST to `/v1/metrics`: counters as totals since the process began, of a
 * distribution its quantiles as gauges with the attribute `quantile`.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export class OtlpMetrics {
  private readonly service: MeasuredService;
  private readonly definitions: ReadonlyMap<string, MetricDefinition>;
  private readonly beganMs: number;
  private readonly totals = new Map<string, Total>();

  constructor(service: MeasuredService, beganMs: number) {
    this.service = service;
    this.definitions = new Map(Object.entries<MetricDefinition>(serviceMetrics[service]));
    this.beganMs = beganMs;
  }

  /** @param instance what tells this process from others of the service. */
  request(documents: readonly MetricDocument[], instance: string, nowMs: number): object {
    const told = documents.flatMap(({ dimensions: { Service: _service, ...attributes }, values }) =>
      values.map((value) => ({ value, attributes })),
    );
    const isCounter = ({ name }: MetricValue) => this.definitions.get(name)?.kind === 'counter';
    for (const { value, attributes } of told) if (isCounter(value)) this.add(value, attributes);
    const gauges = told.filter(({ value }) => !isCounter(value));
    const metrics = [
      ...gauges.map(({ value, attributes }) => gauge(value, attributes, nowMs)),
      // All of them, each time: of one that is not told for some minutes Prometheus thinks that it is gone.
      ...[...this.totals.values()].map((total) => this.sum(total, nowMs)),
    ];
    const names = {
      'service.name': this.service,
      'service.namespace': 'fargate-orders',
      'service.instance.id': instance,
    };
    const scopeMetrics = [{ scope: { name: 'fargate-orders' }, metrics }];
    return { resourceMetrics: [{ resource: { attributes: pairs(names) }, scopeMetrics }] };
  }

  private add({ name, unit, value }: MetricValue, attributes: Attributes): void {
    const key = [name, ...Object.values(attributes)].join('\n');
    const total = this.totals.get(key) ?? { name, unit, attributes, sum: 0 };
    total.sum += Number(value);
    this.totals.set(key, total);
  }

  private sum({ name, unit, attributes, sum }: Total, nowMs: number): object {
    const dataPoints = [{ ...point(attributes, sum, nowMs), startTimeUnixNano: nanos(this.beganMs) }];
    return { name, unit: UNITS[unit], sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } };
  }
}

function gauge({ name, unit, value }: MetricValue, attributes: Attributes, nowMs: number): object {
  const dataPoints =
    typeof value === 'number'
      ? [point(attributes, value, nowMs)]
      : Object.entries(quantilesOf(value)).map(([quantile, height]) =>
          point({ ...attributes, quantile }, height, nowMs),
        );
  return { name, unit: UNITS[unit], gauge: { dataPoints } };
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

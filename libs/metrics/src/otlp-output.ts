import { hostname } from 'node:os';
import type { Meter } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { type MeasuredService, type MetricDefinition, serviceMetrics } from './metric-definitions.ts';
import { quantilesOf } from './metric-output.ts';
import type { MetricDocument } from './metric-recorder.ts';

/** Well below the 10 s between two reports; a stop, which includes it, has 25 s in total. */
const EXPORT_TIMEOUT_MS = 2_000;
/** OpenTelemetry's units are UCUM's. */
const UNITS = { Count: '1', Milliseconds: 'ms' } as const;

type Instrument = (value: number, attributes: Record<string, string>) => void;

/** Collects when a report is sent and at no other time. */
class ReportReader extends MetricReader {
  constructor() {
    super({
      // Prometheus accepts only totals. A gauge that is missing from a report has no value: its last one is not repeated.
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    });
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/**
 * Sends reports to an OpenTelemetry collector: counters as totals since the start of the process, gauges unchanged, and
 * distributions as gauges with the attribute `quantile`.
 */
export class OtlpOutput {
  private readonly reader = new ReportReader();
  private readonly exporter: OTLPMetricExporter;
  private readonly instruments: ReadonlyMap<string, Instrument>;

  constructor(service: MeasuredService, endpoint: string) {
    const url = `${endpoint.replace(/\/+$/, '')}/v1/metrics`;
    this.exporter = new OTLPMetricExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
    const resource = resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'fargate-orders',
      'service.instance.id': `${hostname()}-${process.pid}`,
    });
    const meter = new MeterProvider({ resource, readers: [this.reader] }).getMeter('fargate-orders');
    const definitions = Object.entries<MetricDefinition>(serviceMetrics[service]);
    this.instruments = new Map(definitions.map(([name, definition]) => [name, instrumentOf(meter, name, definition)]));
  }

  /** @throws Error when the collector has not accepted the report in time */
  async send(documents: readonly MetricDocument[]): Promise<void> {
    for (const { dimensions, values } of documents) {
      const { Service: _service, ...others } = dimensions;
      for (const { name, value } of values) {
        const instrument = this.instruments.get(name)!;
        if (typeof value === 'number') instrument(value, others);
        else for (const [quantile, at] of Object.entries(quantilesOf(value))) instrument(at, { ...others, quantile });
      }
    }
    const { resourceMetrics } = await this.reader.collect();
    await new Promise<void>((resolve, reject) => {
      this.exporter.export(resourceMetrics, ({ error }) => (error ? reject(error) : resolve()));
    });
  }
}

function instrumentOf(meter: Meter, name: string, { kind, unit }: MetricDefinition): Instrument {
  const options = { unit: UNITS[unit] };
  if (kind === 'counter') {
    const counter = meter.createCounter(name, options);
    return (value, attributes) => counter.add(value, attributes);
  }
  const gauge = meter.createGauge(name, options);
  return (value, attributes) => gauge.record(value, attributes);
}

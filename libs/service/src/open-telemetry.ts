import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { parseTraceparent, type TraceContext } from './trace-context.ts';
import type { SpanAttributes, SpanStart, Tracing, WorkSpan } from './tracing.ts';

/** About 2 MB of spans; further ones are dropped, so that a collector that is away delays no request. */
const QUEUE = { maxQueueSize: 2_048, maxExportBatchSize: 512, scheduledDelayMillis: 2_000, exportTimeoutMillis: 5_000 };
/** A stop has 25 s in total; the worker's last messages may take 20 s of them. */
const LAST_EXPORT_MS = 2_000;

const kinds = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

export interface TracingOptions {
  service: string;
  /** Endpoint of an OTLP/HTTP collector, without `/v1/traces`. */
  endpoint: string;
  /** Share of the traces started here that are exported. A trace of a caller is exported if the caller sampled it. */
  sampleRatio: number;
}

/** Exports spans to an OpenTelemetry collector. Loaded only where there is one, because it takes memory. */
export class OpenTelemetry implements Tracing {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;

  /** @param warn called with what the SDK reports about itself: exports that failed, spans that were dropped */
  constructor({ service, endpoint, sampleRatio }: TracingOptions, warn: (message: string) => void) {
    const quiet = () => undefined;
    diag.setLogger({ error: warn, warn, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.WARN);
    const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: QUEUE.exportTimeoutMillis, concurrencyLimit: 4 });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'fargate-orders' }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
      spanProcessors: [new BatchSpanProcessor({ exporter, ...QUEUE })],
    });
    this.tracer = this.provider.getTracer('fargate-orders');
  }

  begin(name: string, { kind, parent, attributes = {} }: SpanStart): WorkSpan {
    const context = parseTraceparent(parent);
    const parentContext = context ? trace.setSpanContext(ROOT_CONTEXT, remoteContext(context)) : ROOT_CONTEXT;
    const span = this.tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, parentContext);
    return {
      traceparent: traceparentOf(span),
      end: (more = {}) => endSpan(span, more),
      fail: (error, more = {}) => {
        span.setStatus({ code: SpanStatusCode.ERROR });
        endSpan(span, { 'error.type': error instanceof Error ? error.name : 'Error', ...more });
      },
    };
  }

  async stop(): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, LAST_EXPORT_MS);
    // Spans that could not be sent are lost; the failure was logged.
    await Promise.race([this.provider.shutdown().catch(() => undefined), limit.promise]);
    clearTimeout(timer);
  }
}

function endSpan(span: Span, attributes: SpanAttributes): void {
  span.setAttributes({ ...attributes });
  span.end();
}

function remoteContext({ traceId, spanId, flags }: TraceContext) {
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ArrivalSignal } from './arrival-signal.ts';

/** A span that was exported as OTLP in JSON. */
export interface CollectedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  kind: string;
  attributes: Record<string, string | number>;
  failed: boolean;
}

interface OtlpValue {
  stringValue?: string;
  intValue?: number | string;
}
type OtlpAttributes = { key: string; value: OtlpValue }[];
interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  attributes: OtlpAttributes;
  status: { code: number };
}
interface OtlpTraces {
  resourceSpans: { resource: { attributes: OtlpAttributes }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const ERROR = 2;

interface OtlpMetric {
  name: string;
  gauge?: { dataPoints: { asDouble: number }[] };
  sum?: { dataPoints: { asDouble: number }[] };
}
interface OtlpMetrics {
  resourceMetrics: { resource: { attributes: OtlpAttributes }; scopeMetrics: { metrics: OtlpMetric[] }[] }[];
}

/** A metric that a service exported, with one value for each combination of attributes. */
export interface CollectedMetric {
  service: string;
  name: string;
  values: number[];
}

interface UnansweredExport {
  body: string;
  /** Whether the sender still waits for the answer. */
  isOpen: boolean;
}

/** An OpenTelemetry collector on loopback: receives traces and metrics as OTLP over HTTP in JSON. */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  readonly metrics: CollectedMetric[] = [];
  /** All bodies as received, to search for what must never be exported. */
  readonly bodies: string[] = [];
  /** Whether requests are answered. An unanswered request stays open until its sender gives up. */
  answers = true;
  private readonly unanswered: UnansweredExport[] = [];
  private readonly server: Server;
  private readonly received = new ArrivalSignal();

  private constructor() {
    this.server = createServer((request, response) => {
      void text(request).then((body) => {
        if (this.answers) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        else this.leaveUnanswered(body, response);
        this.take(request.url, body);
      });
    });
  }

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    await new Promise<void>((resolve) => collector.server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** Waits for the first matching span. */
  find(what: string, matches: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
    return this.received.waitFor(`span: ${what}`, () => this.spans.find(matches));
  }

  /** Waits for the first export of a metric with a value other than 0. */
  metric(service: string, name: string): Promise<CollectedMetric> {
    return this.received.waitFor(`metric: ${name} of ${service}`, () =>
      this.metrics.find((metric) => metric.service === service && metric.name === name && metric.values.some(Boolean)),
    );
  }

  /** Waits for an export of a service that stays open without an answer. */
  unansweredExport(service: string): Promise<UnansweredExport> {
    return this.received.waitFor(`an unanswered export of ${service}`, () =>
      this.unanswered.find(({ body, isOpen }) => isOpen && body.includes(`{"stringValue":"${service}"}`)),
    );
  }

  private leaveUnanswered(body: string, response: ServerResponse): void {
    const unanswered = { body, isOpen: true };
    this.unanswered.push(unanswered);
    response.on('close', () => (unanswered.isOpen = false));
  }

  private take(url: string | undefined, body: string): void {
    this.bodies.push(body);
    if (url === '/v1/traces') this.takeSpans(JSON.parse(body) as OtlpTraces);
    else if (url === '/v1/metrics') this.takeMetrics(JSON.parse(body) as OtlpMetrics);
    else throw new Error(`expected a POST to /v1/traces or /v1/metrics, got ${url}`);
    this.received.notify();
  }

  private takeSpans({ resourceSpans }: OtlpTraces): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = serviceOf(resource);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map((span) => collected(service, span))));
    }
  }

  private takeMetrics({ resourceMetrics }: OtlpMetrics): void {
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const service = serviceOf(resource);
      for (const { name, gauge, sum } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        const points = [...(gauge?.dataPoints ?? []), ...(sum?.dataPoints ?? [])];
        this.metrics.push({ service, name, values: points.map(({ asDouble }) => asDouble) });
      }
    }
  }
}

function collected(service: string, span: OtlpSpan): CollectedSpan {
  const { name, traceId, spanId, parentSpanId, kind, attributes, status } = span;
  return {
    service,
    name,
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
    kind: KINDS[kind]!,
    attributes: attributesOf(attributes),
    failed: status.code === ERROR,
  };
}

function serviceOf({ attributes }: { attributes: OtlpAttributes }): string {
  return String(attributesOf(attributes)['service.name']);
}

function attributesOf(attributes: OtlpAttributes): Record<string, string | number> {
  const entries = attributes.map(({ key, value: { stringValue, intValue } }) => [key, stringValue ?? Number(intValue)]);
  return Object.fromEntries(entries) as Record<string, string | number>;
}

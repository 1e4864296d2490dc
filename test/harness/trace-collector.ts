import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { deadline } from './deadline.ts';

/** A span as OTLP/JSON has it. */
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

/** An OpenTelemetry collector on loopback: takes traces as OTLP over HTTP in JSON. */
export class TraceCollector {
  readonly spans: CollectedSpan[] = [];
  /** Everything as it came, for what must never be in it. */
  readonly bodies: string[] = [];
  /** Whether requests are answered. */
  answers = true;
  private readonly server: Server;
  private readonly listeners = new Set<() => void>();

  private constructor() {
    this.server = createServer((request, response) => {
      void text(request).then((body) => {
        this.take(request.url, body);
        if (this.answers) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(): Promise<TraceCollector> {
    const collector = new TraceCollector();
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

  /** The first span that matches, as soon as it has come. */
  async find(what: string, matches: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
    const end = deadline(`span: ${what}`);
    const { promise, resolve } = Promise.withResolvers<CollectedSpan>();
    const look = () => {
      const found = this.spans.find(matches);
      if (found) resolve(found);
    };
    this.listeners.add(look);
    look();
    try {
      return await Promise.race([promise, end.passed]);
    } finally {
      this.listeners.delete(look);
      end.clear();
    }
  }

  private take(url: string | undefined, body: string): void {
    if (url !== '/v1/traces') throw new Error(`expected POST /v1/traces, got ${url}`);
    this.bodies.push(body);
    const { resourceSpans } = JSON.parse(body) as OtlpTraces;
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(attributesOf(resource.attributes)['service.name']);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map((span) => collected(service, span))));
    }
    for (const listener of this.listeners) listener();
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

function attributesOf(attributes: OtlpAttributes): Record<string, string | number> {
  const entries = attributes.map(({ key, value: { stringValue, intValue } }) => [key, stringValue ?? Number(intValue)]);
  return Object.fromEntries(entries) as Record<string, string | number>;
}

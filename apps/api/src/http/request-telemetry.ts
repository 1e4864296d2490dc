import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { noTracing, type Telemetry, traceIdOf, type Tracing, type WorkSpan } from '#libs/service';
import type { ProblemKind } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace context of the work that this request asks for. */
    traceparent: string;
    traceId: string;
    span: WorkSpan;
    /** The order that the request is about, once it is known. */
    orderId?: string;
    /** What the answer says is wrong. */
    problemKind?: ProblemKind;
  }
}

const PLACE_ORDER_ROUTE = 'POST /v1/orders';

/** Gives each request its trace context and answers the trace id; logs, counts and traces each answer when it has gone. */
export function observeRequests(server: FastifyInstance, { logger, metrics, tracing }: Telemetry<'api'>): void {
  server.addHook('onRequest', (request, reply, done) => {
    const span = beginRequest(request, isHealthCheck(request) ? noTracing : tracing);
    request.span = span;
    request.traceparent = span.traceparent;
    request.traceId = traceIdOf(span.traceparent) as string;
    reply.header('trace-id', request.traceId);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    logger[isHealthCheck(request) ? 'debug' : 'info'](logFieldsOf(request, reply), 'http_request');
    countRequest(request, reply, metrics);
    endRequest(request, reply);
    done();
  });
}

function beginRequest(request: FastifyRequest, tracing: Tracing): WorkSpan {
  const { method, headers } = request;
  return tracing.begin(routeOf(request) ?? method, {
    kind: 'server',
    parent: typeof headers.traceparent === 'string' ? headers.traceparent : undefined,
    attributes: { 'http.request.method': method, 'http.route': request.routeOptions.url, 'url.scheme': 'http' },
  });
}

function logFieldsOf({ method, routeOptions, orderId, traceId }: FastifyRequest, reply: FastifyReply) {
  const durationMs = Math.round(reply.elapsedTime * 10) / 10;
  return { method, route: routeOptions.url, status: reply.statusCode, durationMs, orderId, traceId };
}

function countRequest(
  request: FastifyRequest,
  { statusCode }: FastifyReply,
  metrics: Telemetry<'api'>['metrics'],
): void {
  const route = routeOf(request) ?? 'unmatched';
  const { problemKind } = request;
  if (!isHealthCheck(request)) metrics.count('HttpRequests', { Route: route, Status: String(statusCode) });
  if (route === PLACE_ORDER_ROUTE && problemKind) metrics.count('OrdersRefused', { Reason: problemKind });
}

/** By the conventions only what is the server's own fault is an error of its span. */
function endRequest({ span, orderId }: FastifyRequest, { statusCode }: FastifyReply): void {
  const attributes = { 'http.response.status_code': statusCode, 'order.id': orderId };
  if (statusCode >= 500) span.fail(undefined, { ...attributes, 'error.type': String(statusCode) });
  else span.end(attributes);
}

/** Undefined where nothing is served. */
function routeOf({ method, routeOptions }: FastifyRequest): string | undefined {
  return routeOptions.url === undefined ? undefined : `${method} ${routeOptions.url}`;
}

function isHealthCheck({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/health/') ?? false;
}

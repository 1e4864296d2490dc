import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noTracing, type Telemetry, traceIdOf, type Tracing, type WorkSpan } from '#libs/service';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace context of the work that this request asks for. */
    traceparent: string;
    traceId: string;
    span: WorkSpan;
    /** The order that the request is about, once it is known. */
    orderId?: string;
  }
}

/** Gives each request its trace context, answers the trace id, and tells of it when the answer has gone. */
export function traceRequests(
  server: FastifyInstance,
  { logger, tracing }: Pick<Telemetry<'api'>, 'logger' | 'tracing'>,
) {
  server.addHook('onRequest', (request, reply, done) => {
    const span = beginRequest(request, isHealthCheck(request) ? noTracing : tracing);
    request.span = span;
    request.traceparent = span.traceparent;
    request.traceId = traceIdOf(span.traceparent) as string;
    reply.header('trace-id', request.traceId);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const fields = {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      orderId: request.orderId,
      traceId: request.traceId,
    };
    logger[isHealthCheck(request) ? 'debug' : 'info'](fields, 'http_request');
    endRequest(request, reply.statusCode);
    done();
  });
}

function beginRequest({ method, routeOptions, headers }: FastifyRequest, tracing: Tracing): WorkSpan {
  const route = routeOptions.url;
  return tracing.begin(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    parent: typeof headers.traceparent === 'string' ? headers.traceparent : undefined,
    attributes: { 'http.request.method': method, 'http.route': route, 'url.scheme': 'http' },
  });
}

/** By the conventions only what is the server's own fault is an error of its span. */
function endRequest({ span, orderId }: FastifyRequest, status: number): void {
  const attributes = { 'http.response.status_code': status, 'order.id': orderId };
  if (status >= 500) span.fail(undefined, { ...attributes, 'error.type': String(status) });
  else span.end(attributes);
}

export function isHealthCheck({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/health/') ?? false;
}

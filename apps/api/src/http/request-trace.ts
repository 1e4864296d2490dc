import type { FastifyInstance, FastifyRequest } from 'fastify';
import { continueTrace, type Logger, traceIdOf } from '#libs/service';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace context of the work that this request asks for. */
    traceparent: string;
    traceId: string;
    /** The order that the request is about, once it is known. */
    orderId?: string;
  }
}

/** Gives each request its trace context, answers the trace id, and logs one line when the answer has gone. */
export function traceRequests(server: FastifyInstance, logger: Logger): void {
  server.addHook('onRequest', (request, reply, done) => {
    const { traceparent } = request.headers;
    request.traceparent = continueTrace(typeof traceparent === 'string' ? traceparent : undefined);
    request.traceId = traceIdOf(request.traceparent) as string;
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
    done();
  });
}

export function isHealthCheck({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/health/') ?? false;
}

import type { FastifyInstance } from 'fastify';
import type { MetricRecorder } from '#libs/metrics';
import { isHealthCheck } from './request-trace.ts';
import type { ProblemKind } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the answer says is wrong. */
    problemKind?: ProblemKind;
  }
}

const PLACE_ORDER_ROUTE = 'POST /v1/orders';
/** Whatever was asked for that is not served. */
const NO_ROUTE = 'unmatched';

/** Counts each answer when it has gone, and which of them refused an order. */
export function measureRequests(server: FastifyInstance, metrics: MetricRecorder<'api'>): void {
  server.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions, problemKind } = request;
    const route = routeOptions.url === undefined ? NO_ROUTE : `${method} ${routeOptions.url}`;
    if (!isHealthCheck(request)) metrics.count('HttpRequests', { Route: route, Status: String(reply.statusCode) });
    if (route === PLACE_ORDER_ROUTE && problemKind) metrics.count('OrdersRefused', { Reason: problemKind });
    done();
  });
}

import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, isOrderId, type Role, STAFF_ROLES } from '#libs/orders';
import { noTracing, type Telemetry, traceIdOf, type Tracing, type WorkSpan } from '#libs/service';
import type { ProblemKind } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace context of the request, for its commands. */
    traceparent: string;
    traceId: string;
    span: WorkSpan;
    /** The order that the path names, or that the request places. */
    orderId?: string;
    /** The kind of problem that the answer has. */
    problemKind?: ProblemKind;
    /** When the rate limit guard admitted it, by the monotonic clock. */
    admittedMs?: number;
  }
}

const PLACE_ORDER_ROUTE = 'POST /v1/orders';
/** A caller cannot make these slow: what waits for other requests of its caller is not admitted yet. */
const QUICK_ROUTES = [PLACE_ORDER_ROUTE, 'GET /v1/orders', 'GET /v1/orders/:orderId'];

/** Who has no token or no quota has not asked for an order yet. A single client can send any number of these. */
const NOT_REFUSED_ORDERS: readonly ProblemKind[] = ['unauthenticated', 'too-many-requests'];

/**
 * Gives each request a trace context and returns the trace id; logs, counts and traces each answer after it is sent.
 * @param secret for the names of customers in the log.
 */
export function observeRequests(
  server: FastifyInstance,
  { logger, metrics, tracing }: Telemetry<'api'>,
  secret: string,
): void {
  const nameCustomer = customerNames(secret);
  server.addHook('onRequest', (request, reply, done) => {
    const span = startRequest(request, isHealthCheck(request) ? noTracing : tracing);
    request.span = span;
    request.traceparent = span.traceparent;
    request.traceId = traceIdOf(span.traceparent) as string;
    const { orderId = '' } = (request.params ?? {}) as { orderId?: string };
    if (isOrderId(orderId)) request.orderId = orderId;
    reply.header('trace-id', request.traceId);
    done();
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    const { admittedMs } = request;
    if (admittedMs && isQuick(request, reply)) metrics.record('AnswerTime', performance.now() - admittedMs);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    logger[isHealthCheck(request) ? 'debug' : 'info'](logFieldsOf(request, reply, nameCustomer), 'http_request');
    countRequest(request, reply, metrics);
    endRequest(request, reply);
    done();
  });
}

function startRequest(request: FastifyRequest, tracing: Tracing): WorkSpan {
  const { method, headers } = request;
  return tracing.begin(routeOf(request) ?? method, {
    kind: 'server',
    parent: typeof headers.traceparent === 'string' ? headers.traceparent : undefined,
    attributes: { 'http.request.method': method, 'http.route': request.routeOptions.url, 'url.scheme': 'http' },
  });
}

function logFieldsOf(request: FastifyRequest, reply: FastifyReply, nameCustomer: (subject: string) => string) {
  const { method, routeOptions, orderId, traceId } = request;
  const durationMs = Math.round(reply.elapsedTime * 10) / 10;
  const caller =
    request.caller && (isStaff(request.caller) ? request.caller.subject : nameCustomer(request.caller.subject));
  const { customerId } = (request.query ?? {}) as { customerId?: unknown };
  const customer = typeof customerId === 'string' ? nameCustomer(customerId) : undefined;
  return { method, route: routeOptions.url, status: reply.statusCode, durationMs, caller, customer, orderId, traceId };
}

function isStaff({ roles }: Caller): boolean {
  return STAFF_ROLES.some((role: Role) => roles.includes(role));
}

/** A customer always has the same name in the log while the secret is the same, and only the secret leads from a subject to it. */
function customerNames(secret: string): (subject: string) => string {
  // A key object: Node prepares any other key again for each line, which took a tenth of the CPU time of an order.
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'names of customers in the access log', 32)));
  return (subject) => `customer-${createHmac('sha256', key).update(subject).digest('base64url').slice(0, 16)}`;
}

function countRequest(
  request: FastifyRequest,
  { statusCode }: FastifyReply,
  metrics: Telemetry<'api'>['metrics'],
): void {
  const route = routeOf(request) ?? 'unmatched';
  const { problemKind } = request;
  if (!isHealthCheck(request)) metrics.count('HttpRequests', { Route: route, Status: String(statusCode) });
  const isCounted = problemKind && !NOT_REFUSED_ORDERS.includes(problemKind);
  if (route === PLACE_ORDER_ROUTE && isCounted) metrics.count('OrdersRefused', { Reason: problemKind });
}

/** By OpenTelemetry's conventions, only statuses from 500 are errors of a server span. */
function endRequest({ span, orderId }: FastifyRequest, { statusCode }: FastifyReply): void {
  const attributes = { 'http.response.status_code': statusCode, 'order.id': orderId };
  if (statusCode >= 500) span.fail(undefined, { ...attributes, 'error.type': String(statusCode) });
  else span.end(attributes);
}

/** Refusals do not count: a caller can make its own wait. */
function isQuick(request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  const isRefused = statusCode >= 400 && statusCode < 500;
  return !isRefused && request.headers.prefer === undefined && QUICK_ROUTES.includes(routeOf(request) ?? '');
}

/** Undefined for a URL that no route serves. */
function routeOf({ method, routeOptions }: FastifyRequest): string | undefined {
  return routeOptions.url === undefined ? undefined : `${method} ${routeOptions.url}`;
}

function isHealthCheck({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/health/') ?? false;
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { continueTrace, type Telemetry, traceIdOf } from '#libs/service';
import { Problem } from './problem.ts';

/**
 * Requests that arrive in one round of the event loop are admitted for this long. A round has about twice as much work for answers,
 * and an order takes two to three rounds: with 120 ms, p99 grew to seconds in an overloaded task of half a vCPU.
 */
const ADMIT_MS = 50;
/** `Retry-After` is one of seven values, so that refused requests do not come back together: 5 on average. */
const RETRY_AFTER = ['2', '3', '4', '5', '6', '7', '8'] as const;
const BODY_TYPE = 'application/problem+json; charset=utf-8';

/**
 * Answers 503 to the requests that a process cannot serve in time, before Fastify handles them: a refusal costs a small part of
 * the CPU time of an order. Health checks are always served.
 *
 * @param origins the pages that may read the answer
 */
export function refuseOverload(
  server: Server,
  { metrics }: Pick<Telemetry<'api'>, 'metrics'>,
  origins: readonly string[],
): void {
  const problem = new Problem('unavailable', 'there are more requests than this task can serve: send it again');
  const emit = server.emit.bind(server);
  let roundBegunMs: number | undefined;
  let refused = 0;

  /** Runs after the sockets that were ready in this round were read. */
  const endRound = () => (roundBegunMs = undefined);

  const refuse = ({ method, url = '/', headers: { origin = '' } }: IncomingMessage, response: ServerResponse): void => {
    const isOrder = method === 'POST' && url === '/v1/orders';
    metrics.count('HttpRequests', { Route: isOrder ? 'POST /v1/orders' : 'unmatched', Status: '503' });
    if (isOrder) metrics.count('OrdersRefused', { Reason: problem.kind });
    response.writeHead(problem.status, {
      'retry-after': RETRY_AFTER[(refused += 1) % RETRY_AFTER.length] as string,
      'content-type': BODY_TYPE,
      'trace-id': traceIdOf(continueTrace(undefined)) as string,
      ...(origins.includes(origin) && {
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'Retry-After, Trace-Id',
        vary: 'Origin',
      }),
    });
    response.end(JSON.stringify(problem.details(url)));
  };

  server.emit = (event: string, ...args: unknown[]): boolean => {
    if (event !== 'request') return emit(event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const nowMs = performance.now();
    if (roundBegunMs === undefined) setImmediate(endRound);
    roundBegunMs ??= nowMs;
    if (nowMs - roundBegunMs <= ADMIT_MS || request.url?.startsWith('/health/')) return emit(event, ...args);
    refuse(request, response);
    return true;
  };
}

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { continueTrace, traceIdOf } from '#libs/service';
import { Problem, PROBLEM_KINDS } from './problem.ts';

/* Answers for failures before Nest handles a request, with the same problem details. */

const HEADERS = { 'content-type': 'application/problem+json; charset=utf-8' };

/** Answers a URL that Fastify's router refuses. */
export function answerRouterError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem =
    error.code === 'FST_ERR_BAD_URL'
      ? new Problem('invalid-request', 'the URL is not valid')
      : new Problem('not-found', 'this URL is not served here');
  void reply
    .status(problem.status)
    .headers({ ...HEADERS, 'trace-id': newTraceId() })
    .send(JSON.stringify(problem.details(request.raw.url ?? '/')));
}

/** The time for the answer to reach a client that still sends. */
const LINGER_MS = 1_000;

/** Answers bytes that are not an HTTP request, and requests that are too slow or have too large headers. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  answerAndClose(socket, problemOf(error.code), '/');
}

/**
 * Handles requests that Node would answer without problem details: CONNECT, since the api is not a proxy, and an unknown
 * expectation, which a server may ignore (RFC 9110, 10.1.1).
 */
export function answerSpecialRequests(server: Server): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', ({ url = '/' }, socket) => {
    // Node has removed its own listeners: without one, a client that disconnects would end the process.
    socket.on('error', () => socket.destroy());
    answerAndClose(socket as Socket, new Problem('not-found', 'CONNECT is not served here'), url);
  });
}

/** RFC 9112, 3.2: a request of HTTP/1.1 names its host. */
export function mustHaveHost(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ raw }, _reply, done) => {
    const lacksHost = raw.httpVersion === '1.1' && raw.headers.host === undefined;
    done(lacksHost ? new Problem('invalid-request', 'the Host header is missing') : undefined);
  });
}

function answerAndClose(socket: Socket, problem: Problem, url: string): void {
  const body = JSON.stringify(problem.details(url));
  const { status, title } = PROBLEM_KINDS[problem.kind];
  const headers = {
    ...HEADERS,
    'trace-id': newTraceId(),
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  // The parser must not read more of this connection: the request has its answer already, even if the rest arrives now.
  socket.pause();
  socket.setTimeout(LINGER_MS, () => socket.destroy());
  socket.end([`HTTP/1.1 ${status} ${title}`, ...lines, '', body].join('\r\n'));
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('headers-too-large', 'the headers are over 16 KB');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem('timeout', 'the request did not arrive completely in time');
  return new Problem('invalid-request', 'this is not an HTTP request');
}

function newTraceId(): string {
  return traceIdOf(continueTrace(undefined)) as string;
}

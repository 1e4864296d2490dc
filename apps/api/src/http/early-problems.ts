import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { continueTrace, traceIdOf } from '#libs/service';
import { Problem, PROBLEM_KINDS } from './problem.ts';

/*
 * What fails before there is a request that Nest could handle: the same problem details, answered without it.
 */

const HEADERS = { 'content-type': 'application/problem+json; charset=utf-8' };

/** A URL that Fastify's router does not take. */
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

/** For the answer to reach a client that still sends. */
const LINGER_MS = 1_000;

/** Bytes that are no HTTP request, or one that is too slow or has too much in its headers. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  answerAndClose(socket, problemOf(error.code), '/');
}

/**
 * Takes what Node would answer itself, in a way that is no problem, or not at all: a tunnel, for which this is no proxy;
 * an expectation that nobody knows, which a server may pass over (RFC 9110, 10.1.1); no host, which is for `mustHaveHost`.
 */
export function answerOddRequests(server: Server): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', ({ url = '/' }, socket) => {
    // Node has taken its own listeners away: without one, a client that is gone would end the process.
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
  // The parser must see nothing more of this connection: what would come whole now was answered as failed already.
  socket.pause();
  socket.setTimeout(LINGER_MS, () => socket.destroy());
  socket.end([`HTTP/1.1 ${status} ${title}`, ...lines, '', body].join('\r\n'));
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('headers-too-large', 'the headers are over 16 KB');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('timeout', 'the request did not come whole in time');
  return new Problem('invalid-request', 'this is not an HTTP request');
}

function newTraceId(): string {
  return traceIdOf(continueTrace(undefined)) as string;
}

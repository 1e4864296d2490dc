import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Problem, RETRY_SOON } from './problem.ts';

/**
 * libuv accepts one connection of a listening socket in each round of the event loop. With so many sockets, all new
 * connections of 100 ms at three times the rate of a task are accepted in four rounds.
 */
const LISTENING_SOCKETS = 64;

/**
 * Listens with several sockets on one port, among which Linux distributes connections. With a single one, a rush on new
 * connections would wait outside the process, where nothing can refuse it, until packets are dropped and answers take 10 s.
 * @returns closes them all: resolves when every request in progress has its answer.
 */
export async function listen(
  app: NestFastifyApplication,
  { port, host }: { port: number; host: string },
): Promise<() => Promise<void>> {
  const others: Server[] = [];
  // Node's HTTP server waits only for the connections of its own socket.
  const close = async () => {
    const closed = others.map((other) => once(other.close(), 'close'));
    await Promise.all([app.close(), ...closed]);
  };
  if (process.platform !== 'linux') {
    await app.listen(port, host);
    return close;
  }
  // Fastify passes on what its type does not have.
  const first = { port, host, reusePort: true };
  await app.listen(first);
  const http = app.getHttpServer() as Server;
  const address = { ...first, port: (http.address() as AddressInfo).port };
  while (others.length + 1 < LISTENING_SOCKETS) {
    // The options are those of Node's HTTP server.
    const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => http.emit('connection', socket));
    others.push(other);
    await once(other.listen(address), 'listening');
  }
  return close;
}

/**
 * The most requests that may wait for their answers on one connection. Node starts every request in a chunk of 64 KB, over
 * a thousand, at once and holds all their answers. Load balancers and browsers send one at a time.
 */
export const MAX_PIPELINED = 2;
/** About two chunks of the shortest requests. Node also holds the ignored requests, possibly for as long as an event stream lasts. */
export const MAX_IGNORED = 5_000;

/**
 * Refuses the first request over the limit and ignores the requests behind it: the connection ends with that answer.
 * @param isAnswered answers a request instead of Fastify, or does not.
 */
export function limitPipelining(
  fastify: FastifyInstance,
  isAnswered: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): void {
  const connections = new WeakMap<Socket, { waiting: number; ignored: number; isRefused: boolean }>();
  const { server } = fastify;
  const emit = server.emit.bind(server);
  // Before Fastify: its work for a thousand ignored requests would delay others.
  server.emit = (event: string, ...args: unknown[]): boolean => {
    if (event !== 'request') return emit(event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const { socket } = request;
    const connection = connections.get(socket) ?? { waiting: 0, ignored: 0, isRefused: false };
    connections.set(socket, connection);
    if (connection.isRefused) {
      connection.ignored += 1;
      if (connection.ignored > MAX_IGNORED) socket.destroy();
      return true;
    }
    connection.waiting += 1;
    response.once('close', () => (connection.waiting -= 1));
    return (connection.waiting <= MAX_PIPELINED && isAnswered(request, response)) || emit(event, ...args);
  };
  fastify.addHook('onRequest', ({ raw: { socket } }, _reply, done) => {
    const connection = connections.get(socket);
    if (!connection || connection.waiting <= MAX_PIPELINED) return done();
    connection.isRefused = true;
    const detail = `over ${MAX_PIPELINED} requests at a time on this connection`;
    return done(new Problem('too-many-requests', detail, { headers: { connection: 'close', ...RETRY_SOON } }));
  });
}

/** How long a client that still sends has to read its answer. */
const LINGER_MS = 1_000;

/** A smaller body arrives in any case, and its connection can serve the next request. */
const SMALL_BODY_BYTES = 16 * 1_024;

/** Ends a connection whose request was answered before its body had arrived, such as a batch beyond the quota. */
export function leaveBodiesUnread(fastify: FastifyInstance): void {
  fastify.addHook('onSend', ({ raw }, reply, _payload, done) => {
    if (leavesBodyUnread(raw)) void reply.header('connection', 'close');
    done();
  });
}

/**
 * Whether the connection has to end with an answer now, because much of the body has not arrived. The rest is not read: a
 * client stops sending when it reads the answer.
 */
export function leavesBodyUnread({ complete, headers, socket }: IncomingMessage): boolean {
  const bytes = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
  if (complete || bytes <= SMALL_BODY_BYTES) return false;
  // Node calls this after the answer. Destroyed with unread bytes, the connection would be reset before the client reads it.
  socket.destroySoon = () => {
    socket.pause();
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
  return true;
}

/** Aborts when the answer was sent or its client has disconnected. */
export function closedSignalOf({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController();
  if (raw.destroyed) closed.abort();
  raw.once('close', () => closed.abort());
  return closed.signal;
}

/** The first bytes of a new connection are read by then. */
const FIRST_BYTE_MS = 1_000;
/** When the api stops, a request has this long to arrive completely and be answered. */
const LAST_REQUESTS_MS = 10_000;

/** After `stopping` aborts, closes connections, except those with a request in progress. */
export function closeConnectionsOnStop(fastify: FastifyInstance, stopping: AbortSignal): void {
  const { server } = fastify;
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping.aborted) void reply.header('connection', 'close');
    done();
  });
  stopping.addEventListener('abort', () => {
    // Node treats a connection that has not received anything yet as busy.
    const closeUnused = () => open.forEach((socket) => socket.bytesRead === 0 && socket.destroy());
    setTimeout(closeUnused, FIRST_BYTE_MS).unref();
    setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MS).unref();
  });
}

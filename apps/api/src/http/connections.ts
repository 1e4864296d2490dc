import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Problem, RETRY_SOON } from './problem.ts';

/**
 * The most requests that may wait for their answers on one connection. Node starts every request in a chunk of 64 KB, over
 * a thousand, at once and holds all their answers. Load balancers and browsers send one at a time.
 */
export const MAX_PIPELINED = 2;
/** About two chunks of the shortest requests. Node also holds the ignored requests, possibly for as long as an event stream lasts. */
export const MAX_IGNORED = 5_000;

/** Refuses the first request over the limit and ignores the requests behind it: the connection ends with that answer. */
export function limitPipelining(fastify: FastifyInstance): void {
  const connections = new WeakMap<Socket, { waiting: number; ignored: number; isRefused: boolean }>();
  const { server } = fastify;
  const emit = server.emit.bind(server);
  // Before Fastify: its work for a thousand ignored requests would delay others.
  server.emit = (event: string, ...args: unknown[]): boolean => {
    const socket = event === 'request' ? (args[0] as IncomingMessage).socket : undefined;
    const connection = socket && connections.get(socket);
    if (!connection?.isRefused) return emit(event, ...args);
    connection.ignored += 1;
    if (connection.ignored > MAX_IGNORED) socket?.destroy();
    return true;
  };
  fastify.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
    const connection = connections.get(socket) ?? { waiting: 0, ignored: 0, isRefused: false };
    connections.set(socket, connection);
    if (connection.waiting < MAX_PIPELINED) {
      connection.waiting += 1;
      reply.raw.once('close', () => (connection.waiting -= 1));
      return done();
    }
    connection.isRefused = true;
    const detail = `over ${MAX_PIPELINED} requests at a time on this connection`;
    return done(new Problem('too-many-requests', detail, { headers: { connection: 'close', ...RETRY_SOON } }));
  });
}

/** How long a client that still sends has to read its answer. */
const LINGER_MS = 1_000;

/**
 * Ends a connection whose request was answered before its body had arrived, such as a batch beyond the quota. The rest is
 * not read: a client stops sending when it reads the answer.
 */
export function leaveBodiesUnread(fastify: FastifyInstance): void {
  fastify.addHook('onSend', ({ raw: { complete, headers, socket } }, reply, _payload, done) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody && !complete) {
      void reply.header('connection', 'close');
      // Node calls this after the answer. Destroyed with unread bytes, the connection would be reset before the client reads it.
      socket.destroySoon = () => {
        socket.pause();
        socket.end();
        setTimeout(() => socket.destroy(), LINGER_MS).unref();
      };
    }
    done();
  });
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

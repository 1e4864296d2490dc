import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem, RETRY_SOON } from './problem.ts';

/**
 * Requests that may wait for their answers on one connection. Node begins each that it finds in a piece of 64 KB, over a
 * thousand, and holds all their answers; a client that does not read them could so fill the memory of the api.
 */
export const MAX_PIPELINED = 20;
/** Two pieces of the shortest requests. Node holds what was passed over, too, and a stream of events may be before it. */
export const MAX_PASSED_OVER = 5_000;

/** Refuses the first request too many of a connection, and passes over those behind it: the connection ends with that answer. */
export function limitPipelining(fastify: FastifyInstance): void {
  const connections = new WeakMap<Socket, { waiting: number; passedOver: number; isRefused: boolean }>();
  fastify.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
    const connection = connections.get(socket) ?? { waiting: 0, passedOver: 0, isRefused: false };
    connections.set(socket, connection);
    if (connection.isRefused) {
      connection.passedOver += 1;
      if (connection.passedOver > MAX_PASSED_OVER) socket.destroy();
      return void reply.hijack();
    }
    if (connection.waiting < MAX_PIPELINED) {
      connection.waiting += 1;
      reply.raw.once('close', () => (connection.waiting -= 1));
      return done();
    }
    connection.isRefused = true;
    const detail = `over ${MAX_PIPELINED} requests on a connection at a time`;
    return done(new Problem('too-many-requests', detail, { headers: { connection: 'close', ...RETRY_SOON } }));
  });
}

/** What was sent on a new connection is read by then. */
const FIRST_BYTE_MS = 1_000;
/** When the api stops, a request gets this long to come whole and be answered. */
const LAST_REQUESTS_MS = 10_000;

/** Once aborted, lets no connection hold up the stop, but for one with a request on it. */
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
    // Node takes a connection on which nothing has come yet for a busy one.
    const closeUnused = () => open.forEach((socket) => socket.bytesRead === 0 && socket.destroy());
    setTimeout(closeUnused, FIRST_BYTE_MS).unref();
    setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MS).unref();
  });
}

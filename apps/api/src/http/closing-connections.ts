import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

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

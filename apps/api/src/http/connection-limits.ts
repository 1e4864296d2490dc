import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem, RETRY_AFTER_SECONDS } from './problem.ts';

/**
 * Requests that may wait for their answers on one connection. Node begins each that it finds in a piece of 64 KB, over a
 * thousand, and holds all their answers; a client that does not read them could so fill the memory of the api.
 */
export const MAX_PIPELINED = 20;

/** Refuses the first request too many of a connection, and passes over those behind it: the connection ends with that answer. */
export function limitPipelining(fastify: FastifyInstance): void {
  const waiting = new WeakMap<Socket, number>();
  fastify.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > MAX_PIPELINED + 1) return void reply.hijack();
    waiting.set(socket, count);
    if (count <= MAX_PIPELINED) {
      reply.raw.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
      return done();
    }
    const headers = { connection: 'close', 'retry-after': String(RETRY_AFTER_SECONDS) };
    return done(
      new Problem('too-many-requests', `over ${MAX_PIPELINED} requests on a connection at a time`, { headers }),
    );
  });
}

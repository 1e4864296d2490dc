import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#libs/orders';

/** A request that was let in, and the answer to it. */
export interface Exchange {
  caller: Caller;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** For handlers that read or set more than a body: one parameter for all of it. */
export const CurrentExchange = createParamDecorator((_: unknown, context: ExecutionContext): Exchange => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return { caller: request.caller as Caller, request, reply: http.getResponse<FastifyReply>() };
});

import { applyDecorators, createParamDecorator, type ExecutionContext, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#libs/orders';
import { problems } from '../http/openapi-parts.ts';
import { AuthGuard } from './auth.guard.ts';
import { PermissionGuard } from './permissions.ts';
import type { Bill } from './quota.ts';
import { RateLimitGuard } from './rate-limit.guard.ts';

/** Marks a controller that serves callers with a valid token who are within their quota and have the permission of the operation. */
export function CallersOnly(tag: string): ClassDecorator {
  return applyDecorators(
    UseGuards(AuthGuard, RateLimitGuard, PermissionGuard),
    ApiTags(tag),
    ApiBearerAuth(),
    problems('unauthenticated', 'forbidden', 'too-many-requests', 'internal', 'unavailable'),
  );
}

/** A request that the guards have admitted, and its reply. */
export interface Exchange {
  caller: Caller;
  bill: Bill;
  request: FastifyRequest;
  reply: FastifyReply;
}

export const CurrentExchange = createParamDecorator((_: unknown, context: ExecutionContext): Exchange => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return {
    caller: request.caller as Caller,
    bill: request.bill as Bill,
    request,
    reply: http.getResponse<FastifyReply>(),
  };
});

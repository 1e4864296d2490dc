import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#libs/orders';
import { Starts } from '../http/turns.ts';
import { type Bill, Quota } from './quota.ts';
import { ANSWER_BYTES_PER_UNIT, type Operation, TARIFF, unitsOf } from './tariff.ts';

declare module 'fastify' {
  interface FastifyRequest {
    bill?: Bill;
  }
}

/** Where `@ApiOperation` keeps its options. */
const API_OPERATION = 'swagger/apiOperation';

/** Charges each caller for the size of its answers. */
export function chargeForAnswers(server: FastifyInstance): void {
  server.addHook('onSend', async ({ bill }, _reply, payload) => {
    const bytes = typeof payload === 'string' || payload instanceof Buffer ? payload.length : 0;
    // The answer is sent in any case; the next request finds less.
    if (bytes >= ANSWER_BYTES_PER_UNIT)
      await bill?.charge(Math.floor(bytes / ANSWER_BYTES_PER_UNIT)).catch(() => undefined);
  });
}

/** Lets each request wait for its start and charges it to its caller's quota, before its body is parsed. Runs after the auth guard. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly quota: Quota,
    private readonly starts: Starts,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { operationId } = Reflect.getMetadata(API_OPERATION, context.getHandler()) as { operationId: Operation };
    const { subject } = request.caller as Caller;
    request.bill = this.quota.bill(subject, reply);
    await this.starts.next(subject);
    await request.bill.charge(unitsOf(operationId, request));
    const { atATime } = TARIFF[operationId];
    if (atATime !== undefined) await this.starts.hold(subject, atATime, reply);
    request.admittedMs = performance.now();
    return true;
  }
}

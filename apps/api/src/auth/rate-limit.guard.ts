import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Starts } from '../http/turns.ts';
import { Quota } from './quota.ts';
import { type Operation, unitsOf } from './tariff.ts';

/** Where `@ApiOperation` keeps its options. */
const API_OPERATION = 'swagger/apiOperation';

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
    const { operationId } = Reflect.getMetadata(API_OPERATION, context.getHandler()) as { operationId: Operation };
    const subject = request.caller?.subject ?? 'anonymous';
    await this.starts.next(subject);
    void http.getResponse<FastifyReply>().headers(await this.quota.charge(subject, unitsOf(operationId, request)));
    return true;
  }
}

import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Quota } from './quota.ts';
import { type Operation, unitsOf } from './tariff.ts';

/** Where `@ApiOperation` keeps its options. */
const API_OPERATION = 'swagger/apiOperation';

/** Charges each request to its caller's quota before its body is parsed. Runs after the auth guard. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly quota: Quota) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { operationId } = Reflect.getMetadata(API_OPERATION, context.getHandler()) as { operationId: Operation };
    const subject = request.caller?.subject ?? 'anonymous';
    void http.getResponse<FastifyReply>().headers(await this.quota.charge(subject, unitsOf(operationId, request)));
    return true;
  }
}

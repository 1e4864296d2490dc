import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Role, STAFF_ROLES } from '#libs/orders';
import { ShownError, SignedOutError } from '../http/shown-error.ts';
import { Reader } from '../view/reader.ts';
import { type Session, Sessions } from './sessions.ts';

/** A request of a person who is signed in. */
export interface Visit {
  session: Session;
  reader: Reader;
  /** The path with its query. */
  url: string;
  reply: FastifyReply;
}

declare module 'fastify' {
  interface FastifyRequest {
    session?: Session;
  }
}

/** Admits people with one of these roles. */
@Injectable()
abstract class RoleGuard implements CanActivate {
  protected abstract readonly roles: readonly Role[];

  constructor(private readonly sessions: Sessions) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const session = this.sessions.people.find(request.headers.cookie);
    if (!session) throw new SignedOutError();
    request.session = session;
    if (session.roles.some((role) => this.roles.includes(role))) return true;
    const needed = `This page is for the roles ${this.roles.join(', ')}; you have ${session.roles.join(', ')}.`;
    throw new ShownError(403, 'You may not see this', needed);
  }
}

@Injectable()
export class StaffGuard extends RoleGuard {
  protected readonly roles = STAFF_ROLES;
}

/** For what is done with the AWS identity of this console, which the api does not check. */
@Injectable()
export class OperatorGuard extends RoleGuard {
  protected readonly roles = ['operator'] as const;
}

export const CurrentVisit = createParamDecorator((_: unknown, context: ExecutionContext): Visit => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return {
    session: request.session as Session,
    reader: Reader.of(request.headers['accept-language']),
    url: request.url,
    reply: http.getResponse<FastifyReply>(),
  };
});

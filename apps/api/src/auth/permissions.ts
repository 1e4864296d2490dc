import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Caller, mayAtAll, type Permission } from '#libs/orders';
import { Problem } from '../http/problem.ts';

const PERMISSION = 'permission';

/** The permission that an operation needs; whether it covers the order itself is decided with the order. */
export function Requires(permission: Permission): MethodDecorator {
  return SetMetadata(PERMISSION, permission);
}

/** Refuses callers without the operation's permission, before anything of the request is checked. Runs after the auth guard. */
@Injectable()
export class PermissionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
    const permission = Reflect.getMetadata(PERMISSION, context.getHandler()) as Permission;
    mustBeAllowed(caller as Caller, permission);
    return true;
  }
}

/** @throws Problem `forbidden` when the caller's roles do not have this permission for any order. */
export function mustBeAllowed(caller: Caller, permission: Permission): void {
  if (mayAtAll(caller, permission)) return;
  throw new Problem('forbidden', `the roles of this caller do not allow ${permission}`);
}

import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { createRemoteJWKSet, jwtVerify } from 'jose';

export interface AuthenticatedRequest {
  headers: { authorization?: string };
  customerId?: string;
}

@Injectable()
export class TokenGuard implements CanActivate {
  private readonly keys = createRemoteJWKSet(new URL(process.env['AUTH_JWKS_URL'] as string));
  private readonly rules = {
    issuer: process.env['AUTH_ISSUER'] as string,
    audience: process.env['AUTH_AUDIENCE'] as string,
  };

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    // So that a round can show what a peer without authentication would need.
    if (process.env['PEER_AUTHENTICATION'] === 'off') return true;
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const { payload } = await jwtVerify(token, this.keys, this.rules).catch(() => {
      throw new UnauthorizedException();
    });
    if (!payload.sub) throw new UnauthorizedException();
    request.customerId = payload.sub;
    return true;
  }
}

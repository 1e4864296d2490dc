import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { freePorts } from '../taken-ports.ts';
import { startLocalIssuer, type LocalIssuer } from './local-issuer.ts';

let issuer: LocalIssuer;

beforeAll(async () => {
  const [port] = (await freePorts(1)) as [number];
  issuer = await startLocalIssuer({ port });
});

afterAll(() => issuer.stop());

describe('the local token issuer', () => {
  it('signs tokens that its published keys verify', async () => {
    const { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS_URL } = issuer.env;
    const token = await issuer.token('cust-1', 'retail', 'operator');

    const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(AUTH_JWKS_URL)), {
      issuer: AUTH_ISSUER,
      audience: AUTH_AUDIENCE,
      algorithms: ['RS256'],
    });

    expect(protectedHeader.kid).toBeDefined();
    expect(payload).toMatchObject({ sub: 'cust-1', roles: ['retail', 'operator'] });
    expect(payload.exp! - payload.iat!).toBe(12 * 60 * 60);
  });

  it('publishes where its keys are', async () => {
    const response = await fetch(`${issuer.env.AUTH_ISSUER}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: issuer.env.AUTH_ISSUER,
      jwks_uri: issuer.env.AUTH_JWKS_URL,
    });
  });

  it('refuses an unknown role and lists the known ones', async () => {
    await expect(issuer.token('cust-1', 'retail', 'admin')).rejects.toThrow(
      'unknown role admin: the roles are retail, wholesale, operator, fulfillment, accounting, checkout',
    );
  });

  it('signs tokens for services by the client credentials grant, with scopes as roles', async () => {
    const { AUTH_ISSUER } = issuer.env;
    const request = (scope: string) => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'warehouse', scope });
      return fetch(`${AUTH_ISSUER}/token`, { method: 'POST', body });
    };
    const { access_token, expires_in } = (await (await request('fulfillment')).json()) as Record<string, string>;
    expect(decodeJwt(access_token!)).toMatchObject({ sub: 'warehouse', roles: ['fulfillment'] });
    expect(expires_in).toBe(12 * 60 * 60);
    expect((await request('')).status).toBe(400);
  });

  it('refuses a body that is not a request for a token', async () => {
    const response = await fetch(`${issuer.env.AUTH_ISSUER}/token`, { method: 'POST', body: 'not json' });
    expect(response.status).toBe(400);
  });
});

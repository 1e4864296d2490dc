import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { InvalidTokenError, IssuerUnavailableError, TokenVerifier } from './token-verifier.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'orders-api';

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

describe('TokenVerifier', () => {
  let server: Server;
  let signingKey: PrivateKey;
  let publicKey: JWK;
  let verifier: TokenVerifier;

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    signingKey = pair.privateKey;
    publicKey = await exportJWK(pair.publicKey);
    const keys = [{ ...publicKey, kid: 'k1', alg: 'RS256', use: 'sig' }];
    server = createServer((_, response) => response.end(JSON.stringify({ keys }))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    verifier = verifierAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const verifierAt = (jwksUrl: string) =>
    new TokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUrl, rolesClaim: 'roles' });

  const claims = (changes: object = {}) => {
    const now = Math.floor(Date.now() / 1_000);
    return {
      sub: 'cust-1',
      roles: ['retail', 'emperor'],
      iss: ISSUER,
      aud: AUDIENCE,
      iat: now,
      exp: now + 60,
      ...changes,
    };
  };
  const signed = (payload: Record<string, unknown>, key: PrivateKey | Uint8Array = signingKey, alg = 'RS256') =>
    new SignJWT(payload).setProtectedHeader({ alg, kid: 'k1' }).sign(key);

  it('tells who the caller is, with the roles that there are', async () => {
    expect(await verifier.verify(await signed(claims()))).toEqual({ subject: 'cust-1', roles: ['retail'] });
  });

  it.each<[string, object]>([
    ['expired', { exp: 1_700_000_000 }],
    ['without an end', { exp: undefined }],
    ['not valid yet', { nbf: 4_000_000_000 }],
    ['of another issuer', { iss: 'https://else.example' }],
    ['for another audience', { aud: 'shop-front' }],
    ['without a subject', { sub: undefined }],
    ['of a subject with a blank', { sub: 'a b' }],
  ])('refuses a token that is %s', async (_, changes) => {
    const payload = Object.fromEntries(Object.entries(claims(changes)).filter(([, value]) => value !== undefined));
    await expect(verifier.verify(await signed(payload))).rejects.toBeInstanceOf(InvalidTokenError);
  });

  it('refuses a token that nobody signed, or that was signed with the public key as a shared secret', async () => {
    await expect(verifier.verify(new UnsecuredJWT(claims()).encode())).rejects.toBeInstanceOf(InvalidTokenError);
    const secret = new TextEncoder().encode(JSON.stringify(publicKey));
    await expect(verifier.verify(await signed(claims(), secret, 'HS256'))).rejects.toBeInstanceOf(InvalidTokenError);
  });

  it('says that nothing is known of a token while the issuer can not be asked', async () => {
    const unreachable = verifierAt('http://127.0.0.1:1/jwks');
    await expect(unreachable.verify(await signed(claims()))).rejects.toBeInstanceOf(IssuerUnavailableError);
    await expect(unreachable.probe()).rejects.toThrow('');
  });
});

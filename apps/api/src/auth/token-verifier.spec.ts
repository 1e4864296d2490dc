import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { jest } from '@jest/globals';
import { type Caller, CUSTOMER_ROLES, ROLES, STAFF_ROLES } from '#libs/orders';
import type { Logger } from '#libs/service';
import { InvalidTokenError, KeysUnavailableError } from './signed-claims.ts';
import { TokenVerifier } from './token-verifier.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'orders-api';

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

describe('TokenVerifier', () => {
  let server: Server;
  let signingKey: PrivateKey;
  let publicKey: JWK;
  let keySet: unknown;
  let jwksUrl: string;
  let verifier: TokenVerifier;

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    signingKey = pair.privateKey;
    publicKey = await exportJWK(pair.publicKey);
    keySet = { keys: [{ ...publicKey, kid: 'k1', alg: 'RS256', use: 'sig' }] };
    server = createServer((_, response) => response.end(JSON.stringify(keySet))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    verifier = verifierAt(jwksUrl);
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const issuer = { issuer: ISSUER, audiences: ['shop-back', AUDIENCE], roles: ROLES };
  const claimNames = { audienceClaim: 'aud', rolesClaim: 'roles' };
  let warnings: string[] = [];
  const logger = { warn: (_fields: object, event: string) => warnings.push(event) } as unknown as Logger;
  const verifierAt = (url: string) =>
    new TokenVerifier({ ...claimNames, issuers: [{ ...issuer, jwksUrl: url }] }, logger);

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

  it('returns the caller with the known roles', async () => {
    expect(await verifier.verify(await signed(claims()))).toEqual({ subject: 'cust-1', roles: ['retail'] });
  });

  it.each<[string, object]>([
    ['expired', { exp: 1_700_000_000 }],
    ['without an end', { exp: undefined }],
    ['not valid yet', { nbf: 4_000_000_000 }],
    ['of another issuer', { iss: 'https://else.example' }],
    ['for another audience', { aud: 'shop-front' }],
    ['for no audience', { aud: undefined }],
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

  it('refuses a token that has expired, even if it was verified before', async () => {
    const nearlyExpired = await signed(claims({ exp: Math.floor(Date.now() / 1_000) - 3 }));
    const verifyUntilRefused = async (): Promise<unknown> => {
      try {
        await verifier.verify(nearlyExpired);
      } catch (error) {
        return error;
      }
      await setImmediate();
      return verifyUntilRefused();
    };
    // The clocks of the issuer and the api may differ by five seconds.
    expect(await verifyUntilRefused()).toBeInstanceOf(InvalidTokenError);
  });

  it('refuses a forged token that has the signature of a verified one', async () => {
    const token = await signed(claims());
    await verifier.verify(token);
    const [header, , signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify(claims({ sub: 'cust-2' }))).toString('base64url');
    await expect(verifier.verify(`${header}.${forged}.${signature}`)).rejects.toBeInstanceOf(InvalidTokenError);
  });

  it('says what to do about a token that has expired, or whose key the issuer does not have', async () => {
    await expect(verifier.verify(await signed(claims({ exp: 1_700_000_000 })))).rejects.toThrow(
      'the token expired at 2023-11-14T22:13:20.000Z: get a new one',
    );
    for (const kid of ['k9', 9 as never]) {
      const foreign = new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid }).sign(signingKey);
      await expect(verifier.verify(await foreign)).rejects.toThrow(
        `the token's key ${kid} is not among the issuer's keys: get a new token from the issuer`,
      );
    }
  });

  it('accepts a single role that is not in a list', async () => {
    expect((await verifier.verify(await signed(claims({ roles: 'wholesale' })))).roles).toEqual(['wholesale']);
    expect((await verifier.verify(await signed(claims({ roles: undefined })))).roles).toEqual([]);
  });

  it('keeps the keys that it knows while the issuer has none, and refuses those that it replaces', async () => {
    const known = keySet;
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout', 'Date'] });
    try {
      const refreshing = verifierAt(jwksUrl);
      await refreshing.verify(await signed(claims()));
      const refreshed = async (answer: unknown) => {
        const seen = once(server, 'request');
        keySet = answer;
        warnings = [];
        jest.advanceTimersByTime(300_000);
        await seen;
        return refreshing.verify(await signed(claims({ sub: randomUUID() })));
      };
      for (const unusable of [
        { keys: [] },
        {},
        { keys: [null, { kty: 'oct', k: 'AA', kid: 'k1' }] },
        'not a set',
        null,
      ]) {
        expect((await refreshed(unusable)).roles).toEqual(['retail']);
        while (warnings.length === 0) await setImmediate();
        expect(warnings).toEqual(['issuer_keys_not_refreshed']);
      }
      const other = await exportJWK((await generateKeyPair('RS256')).publicKey);
      const withdrawn = async () =>
        refreshed({ keys: [{ ...other, kid: 'k2', alg: 'RS256' }] }).then(() => 'verified', String);
      let outcome = await withdrawn();
      while (outcome === 'verified')
        outcome = await refreshing.verify(await signed(claims({ sub: randomUUID() }))).then(() => 'verified', String);
      expect(outcome).toMatch(/^InvalidTokenError: the token's key k1 is not among/);
    } finally {
      jest.useRealTimers();
      keySet = known;
    }
  });

  it('gives no role for a scope without a scope prefix', async () => {
    const token = await signed(claims({ scope: 'orders/operator', roles: [] }));
    expect(await verifier.verify(token)).toEqual({ subject: 'cust-1', roles: [] });
  });

  describe('of a user pool', () => {
    const pool = { issuer: ISSUER, audiences: ['shop-client', 'fulfillment-client'], roles: ROLES };
    const userPool = {
      audienceClaim: 'client_id',
      rolesClaim: 'cognito:groups',
      roleScopePrefix: 'orders/',
    };
    const verified = async (changes: Record<string, unknown>) => {
      const { aud: _aud, roles: _roles, ...common } = claims();
      const token = await signed({ ...common, token_use: 'access', ...changes });
      return new TokenVerifier({ ...userPool, issuers: [{ ...pool, jwksUrl }] }, logger).verify(token);
    };
    const ofUser = {
      client_id: 'shop-client',
      'cognito:groups': ['wholesale', 'eu-west-1_Pool_SignInWithApple'],
      scope: 'openid email',
      username: 'ada',
    };
    const ofService = { sub: 'fulfillment-client', client_id: 'fulfillment-client', scope: 'orders/fulfillment' };

    it("takes a user's roles from the groups", async () => {
      expect(await verified(ofUser)).toEqual({ subject: 'cust-1', roles: ['wholesale'] });
    });

    it('takes the roles of a service, which has no groups, from its scopes', async () => {
      expect(await verified(ofService)).toEqual({ subject: 'fulfillment-client', roles: ['fulfillment'] });
      const scope = 'orders/accounting orders/operator orders/retail operator orders/emperor orders/fulfillment';
      expect((await verified({ ...ofService, scope })).roles).toEqual(['fulfillment', 'accounting']);
    });

    it.each<[string, object]>([
      ['of another client', { ...ofUser, client_id: 'newsletter' }],
      ['of no client', { ...ofUser, client_id: undefined }],
      ['whose `aud` is the client', { ...ofUser, client_id: undefined, aud: 'shop-client' }],
      ['that names the user, not the permissions', { ...ofUser, aud: 'shop-client', token_use: 'id' }],
    ])('refuses a token %s', async (_, changes) => {
      await expect(verified({ ...changes })).rejects.toBeInstanceOf(InvalidTokenError);
    });
  });

  describe('with an issuer for staff and services', () => {
    const STAFF_ISSUER = 'https://staff.example';
    const roles = [...ROLES];
    let caller: (changes: object) => Promise<Caller>;
    const verified = async (changes: object) => [...(await caller(changes)).roles];

    beforeAll(async () => {
      const staffPair = await generateKeyPair('RS256');
      const keys = [{ ...(await exportJWK(staffPair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
      const staffUrl = `data:application/json,${encodeURIComponent(JSON.stringify({ keys }))}`;
      const staff = { issuer: STAFF_ISSUER, audiences: ['staff'], jwksUrl: staffUrl, roles: STAFF_ROLES };
      const both = [{ ...issuer, jwksUrl, roles: CUSTOMER_ROLES }, staff];
      const verifierOfBoth = new TokenVerifier({ ...claimNames, roleScopePrefix: 'orders/', issuers: both }, logger);
      caller = async ({ key = signingKey, ...changes }: { key?: PrivateKey | 'staff' }) => {
        const token = await signed(claims(changes), key === 'staff' ? staffPair.privateKey : key);
        return verifierOfBoth.verify(token);
      };
    });

    it('gives each role only for a token of its issuer', async () => {
      const scope = 'orders/fulfillment orders/operator';
      expect(await verified({ roles, scope })).toEqual(CUSTOMER_ROLES);
      const ofStaff = { key: 'staff', iss: STAFF_ISSUER, aud: 'staff' };
      expect(await verified({ ...ofStaff, roles })).toEqual(STAFF_ROLES);
      expect(await verified({ ...ofStaff, roles: [], scope })).toEqual(['fulfillment']);
    });

    it('keeps a customer and a member of staff with the same sub apart', async () => {
      const subjects = [await caller({}), await caller({ key: 'staff', iss: STAFF_ISSUER, aud: 'staff' })];
      expect(subjects.map(({ subject }) => subject)).toEqual(['cust-1', 'staff/cust-1']);
    });

    it.each<[string, object]>([
      ["names the other issuer and is signed with the customers' key", { iss: STAFF_ISSUER, aud: 'staff' }],
      ['names the customers’ issuer and is signed with the other key', { key: 'staff' }],
      ['has the audience of the other issuer', { aud: 'staff' }],
    ])('refuses a token that %s', async (_, changes) => {
      await expect(verified(changes)).rejects.toBeInstanceOf(InvalidTokenError);
    });
  });

  it('throws KeysUnavailableError while the issuer does not answer', async () => {
    const unreachable = verifierAt('http://127.0.0.1:1/jwks');
    await expect(unreachable.verify(await signed(claims()))).rejects.toBeInstanceOf(KeysUnavailableError);
    await expect(unreachable.probe()).rejects.toThrow('');
  });
});

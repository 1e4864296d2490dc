import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ConsoleConfig, readConfig } from '../console.config.ts';
import { Issuer } from './issuer.ts';

const CLIENT = 'staff-page';
const REDIRECT = 'http://localhost:3004/sign-in/callback';

/** A token issuer as OpenID Connect describes it: it gives a token for a code, to whoever has the verifier of its challenge. */
class OpenIdIssuer {
  readonly server = createServer((request, response) => {
    void this.answer(request).then(({ status, body }) => response.writeHead(status).end(JSON.stringify(body)));
  });
  /** What the sign-in page was called with. */
  asked = new URLSearchParams();
  private readonly keys = generateKeyPair('ES256');

  async start(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const { url } = this;
    if (request.url === '/keys') {
      const key = await exportJWK((await this.keys).publicKey);
      return { status: 200, body: { keys: [{ ...key, alg: 'ES256' }] } };
    }
    if (request.url !== '/token') {
      const endpoints = { authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` };
      return { status: 200, body: { issuer: url, jwks_uri: `${url}/keys`, ...endpoints } };
    }
    const form = new URLSearchParams(await text(request));
    const challenge = createHash('sha256')
      .update(String(form.get('code_verifier')))
      .digest('base64url');
    const isValid = form.get('code') === 'the-code' && challenge === this.asked.get('code_challenge');
    if (!isValid || form.get('redirect_uri') !== REDIRECT) return { status: 400, body: { error: 'invalid_grant' } };
    const id_token = await this.sign({ nonce: this.asked.get('nonce') }, CLIENT);
    return { status: 200, body: { id_token, access_token: await this.sign({ 'cognito:groups': ['operator'] }) } };
  }

  private async sign(claims: Record<string, unknown>, audience = 'api'): Promise<string> {
    const token = new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).setIssuer(this.url).setAudience(audience);
    return token
      .setSubject('ada')
      .setExpirationTime('1h')
      .sign((await this.keys).privateKey);
  }
}

describe('Issuer', () => {
  const openId = new OpenIdIssuer();
  let issuer: Issuer;

  beforeAll(async () => {
    const config = Object.assign(new ConsoleConfig(), {
      AUTH_ISSUER: await openId.start(),
      AUTH_CLIENT_ID: CLIENT,
      AUTH_ROLES_CLAIM: 'cognito:groups',
    });
    issuer = new Issuer(config);
  });

  afterAll(() => openId.server.close());

  async function signInPage() {
    const { url, pending } = await issuer.signInPage(REDIRECT, '/orders');
    openId.asked = new URL(url).searchParams;
    return pending;
  }

  it('signs a person in with a code and PKCE', async () => {
    const pending = await signInPage();
    const { response_type, client_id, code_challenge_method, redirect_uri } = Object.fromEntries(openId.asked);
    expect({ response_type, client_id, code_challenge_method, redirect_uri }).toEqual({
      response_type: 'code',
      client_id: CLIENT,
      code_challenge_method: 'S256',
      redirect_uri: REDIRECT,
    });
    const session = await issuer.session({ code: 'the-code', state: pending.state }, REDIRECT, pending);
    expect(session).toMatchObject({ subject: 'ada', roles: ['operator'] });
  });

  it.each([
    ['another state', { code: 'the-code', state: 'forged' }, {}],
    ['another verifier', { code: 'the-code' }, { verifier: 'guessed' }],
    ['another nonce', { code: 'the-code' }, { nonce: 'of another sign-in' }],
    ['a refusal of the issuer', { error: 'access_denied' }, {}],
  ])('refuses %s', async (_, answer, changed) => {
    const pending = await signInPage();
    const returned = issuer.session({ state: pending.state, ...answer }, REDIRECT, { ...pending, ...changed });
    await expect(returned).rejects.toMatchObject({ name: 'SignInError' });
  });
});

describe('the configuration of a stage', () => {
  it('takes the region from the stage, and never uses the token issuer for development', () => {
    const given = { API_URL: 'https://api.example.com', AUTH_ISSUER: 'https://login.example.com' };
    expect(readConfig('production', { ...given, AUTH_CLIENT_ID: CLIENT })).toMatchObject({
      AWS_REGION: 'eu-west-1',
      AUTH_ROLES_CLAIM: 'cognito:groups',
    });
    expect(() => readConfig('production', given)).toThrow('AUTH_CLIENT_ID is missing');
  });
});

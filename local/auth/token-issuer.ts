// Signs the tokens of a local run, and the quotes of its shop, with two keys that it generates at its start. It is a process of its
// own, started by local-issuer.ts, and the container token-issuer.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { QUOTE_TYPE, quotedPartOf } from '#libs/orders';
import { closeOnSignal, reportReady } from '../processes/launched.ts';
import {
  audience,
  issuerUrl,
  jwksUrl,
  type QuoteRequest,
  quoteRequestError,
  type TokenRequest,
  tokenRequestError,
  tokenUrl,
} from './local-issuer.ts';

const LIFETIME_SECONDS = 12 * 60 * 60;
const LIFETIME = `${LIFETIME_SECONDS}s`;

const port = Number(process.env['AUTH_PORT']);
const issuer = issuerUrl(port);
const tokenKey = await newKey('RS256');
const quoteKey = await newKey('ES256');
const discovery = { issuer, jwks_uri: jwksUrl(port), token_endpoint: tokenUrl(port) };

async function newKey(alg: 'RS256' | 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { header: { alg, kid }, privateKey, jwks: { keys: [{ ...jwk, kid, alg, use: 'sig' }] } };
}

function signToken({ sub, roles }: TokenRequest): Promise<string> {
  return new SignJWT({ roles })
    .setProtectedHeader(tokenKey.header)
    .setSubject(sub)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(tokenKey.privateKey);
}

function signQuote({ sub, order, seconds }: QuoteRequest): Promise<string> {
  return new SignJWT({ order: quotedPartOf(order) })
    .setProtectedHeader({ ...quoteKey.header, typ: QUOTE_TYPE })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(seconds === undefined ? LIFETIME : new Date(Date.now() + seconds * 1_000))
    .sign(quoteKey.privateKey);
}

/** Answers what `sign` signs of the body, unless the body has an error. */
async function answerSigned(
  request: IncomingMessage,
  response: ServerResponse,
  errorOf: (body: unknown) => string | undefined,
  sign: (body: never) => Promise<object>,
): Promise<void> {
  const body: unknown = await readBody(request).catch(() => undefined);
  const error = errorOf(body);
  if (error !== undefined) return answer(response, 400, { error: 'invalid_request', error_description: error });
  answer(response, 200, await sign(body as never));
}

/** The body as JSON, or a form of OAuth's client credentials grant, in which scopes are roles. Any secret is accepted. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  if (!request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return json(request);
  const form = new URLSearchParams(await text(request));
  const { client_id: sub, scope = '' } = Object.fromEntries(form);
  return { sub, roles: scope.split(' ').filter(Boolean) };
}

async function tokenAnswer(request: TokenRequest): Promise<object> {
  return { access_token: await signToken(request), token_type: 'Bearer', expires_in: LIFETIME_SECONDS };
}

async function quoteAnswer(request: QuoteRequest): Promise<object> {
  return { quote: await signQuote(request) };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer((request, response) => {
  const route = `${request.method} ${request.url}`;
  if (route === 'GET /.well-known/jwks.json') answer(response, 200, tokenKey.jwks);
  else if (route === 'GET /.well-known/pricing-jwks.json') answer(response, 200, quoteKey.jwks);
  else if (route === 'GET /.well-known/openid-configuration') answer(response, 200, discovery);
  else if (route === 'POST /token') void answerSigned(request, response, tokenRequestError, tokenAnswer);
  else if (route === 'POST /quote') void answerSigned(request, response, quoteRequestError, quoteAnswer);
  else answer(response, 404, { error: 'not_found' });
});

closeOnSignal(async () => {
  server.close();
  server.closeAllConnections();
});
// A container is reached by other containers. A process listens only on this machine.
server.listen(port, process.env['AUTH_HOST'] || '127.0.0.1', reportReady);

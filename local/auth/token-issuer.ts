// Signs the tokens of a local run with a key that it generates at its start. It is a process of its own, started by local-issuer.ts,
// and the container token-issuer.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { closeOnSignal, reportReady } from '../processes/launched.ts';
import { audience, issuerUrl, jwksUrl, tokenRequestError, tokenUrl, type TokenRequest } from './local-issuer.ts';

const LIFETIME = '12h';

const port = Number(process.env['AUTH_PORT']);
const issuer = issuerUrl(port);
const { publicKey, privateKey } = await generateKeyPair('RS256');
const jwk = await exportJWK(publicKey);
const kid = await calculateJwkThumbprint(jwk);
const jwks = { keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] };
const discovery = { issuer, jwks_uri: jwksUrl(port), token_endpoint: tokenUrl(port) };

function sign({ sub, roles }: TokenRequest): Promise<string> {
  return new SignJWT({ roles })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setSubject(sub)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(privateKey);
}

async function answerToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body: unknown = await json(request).catch(() => undefined);
  const error = tokenRequestError(body);
  if (error !== undefined) return answer(response, 400, { error: 'invalid_request', error_description: error });
  answer(response, 200, { access_token: await sign(body as TokenRequest), token_type: 'Bearer' });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer((request, response) => {
  const route = `${request.method} ${request.url}`;
  if (route === 'GET /.well-known/jwks.json') answer(response, 200, jwks);
  else if (route === 'GET /.well-known/openid-configuration') answer(response, 200, discovery);
  else if (route === 'POST /token') void answerToken(request, response);
  else answer(response, 404, { error: 'not_found' });
});

closeOnSignal(async () => {
  server.close();
  server.closeAllConnections();
});
// A container is reached by other containers. A process listens only on this machine.
server.listen(port, process.env['AUTH_HOST'] || '127.0.0.1', reportReady);

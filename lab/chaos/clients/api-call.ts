import { type Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';

export interface ApiRequest {
  readonly agent: Agent;
  readonly url: URL;
  readonly token: string;
  readonly idempotencyKey: string;
  readonly body: object | undefined;
  /** How long the caller waits, in milliseconds. */
  readonly patienceMs: number;
}

/** An answer, or why there was none. */
export type ApiAnswer =
  | { readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly tookMs: number }
  | { readonly status: 'none'; readonly reason: string; readonly tookMs: number };

/** Posts once; never rejects. */
export function postOnce({ agent, url, token, idempotencyKey, body, patienceMs }: ApiRequest): Promise<ApiAnswer> {
  const beganMs = performance.now();
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve) => {
    const call = request(url, {
      method: 'POST',
      agent,
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': idempotencyKey,
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
      signal: AbortSignal.timeout(patienceMs),
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason = error.name === 'AbortError' ? `gave up after ${patienceMs} ms` : (error.code ?? error.message);
      resolve({ status: 'none', reason, tookMs: performance.now() - beganMs });
    };
    call.once('error', fail).once('response', (response) => {
      json(response).then((came) => {
        const tookMs = performance.now() - beganMs;
        resolve({ status: response.statusCode ?? 0, body: came as Record<string, unknown>, tookMs });
      }, fail);
    });
    call.end(text);
  });
}

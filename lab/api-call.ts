import { randomUUID } from 'node:crypto';
import { type Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';

interface ApiRequest {
  /** Default: Node's global agent. */
  readonly agent?: Agent;
  readonly url: URL;
  readonly token: string;
  readonly idempotencyKey: string;
  readonly body: object | undefined;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The time-out in milliseconds. */
  readonly patienceMs: number;
}

/** An answer, or the reason why there is none. */
export type ApiAnswer =
  | { readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly tookMs: number }
  | { readonly status: 'none'; readonly reason: string; readonly tookMs: number };

/** Sends a POST request once. Never rejects. */
export function postOnce(apiRequest: ApiRequest): Promise<ApiAnswer> {
  const { agent, url, token, idempotencyKey, body, headers, patienceMs } = apiRequest;
  const startedMs = performance.now();
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve) => {
    const call = request(url, {
      method: 'POST',
      ...(agent && { agent }),
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': idempotencyKey,
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
      signal: AbortSignal.timeout(patienceMs),
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason = error.name === 'AbortError' ? `gave up after ${patienceMs} ms` : (error.code ?? error.message);
      resolve({ status: 'none', reason, tookMs: performance.now() - startedMs });
    };
    call.once('error', fail).once('response', (response) => {
      json(response).then((answer) => {
        const tookMs = performance.now() - startedMs;
        resolve({ status: response.statusCode ?? 0, body: answer as Record<string, unknown>, tookMs });
      }, fail);
    });
    call.end(text);
  });
}

/** Sends a POST request with a new Idempotency-Key and waits until it is carried out. */
export function postAndWait(url: string, token: string, body?: object): Promise<ApiAnswer> {
  const headers = { prefer: 'wait=10' };
  return postOnce({ url: new URL(url), token, idempotencyKey: randomUUID(), body, headers, patienceMs: 30_000 });
}

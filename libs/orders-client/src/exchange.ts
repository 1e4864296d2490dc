import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswerError, ProblemError, problemOf } from './problem.ts';

export interface RetryLimits {
  /** How many requests are sent at most. */
  attempts: number;
  /** The time for all of them, with the waits between. */
  totalMs: number;
  /** The time for the answer to one of them. */
  timeoutMs: number;
}

/** Returns an access token. @param refresh True after a 401: a cached token is not good enough */
export type TokenProvider = (refresh: boolean) => string | Promise<string>;

export interface ApiRequest<T> {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  /** Reads the answer. An error counts as a lost connection. */
  read: (response: Response, connection: AbortController) => Promise<T>;
  signal?: AbortSignal | undefined;
  /** Ends the retries earlier, `Date.now()`. */
  deadline?: number | undefined;
}

/** Statuses after which the same request may succeed. */
const RETRIED = [429, 502, 503, 504];
const FIRST_BACK_OFF_MS = 200;
const LONGEST_BACK_OFF_MS = 10_000;

/** Sends requests to the api until there is an answer, within limits of count and time. */
export class Exchange {
  readonly limits: RetryLimits;
  private readonly url: string;
  private readonly token: TokenProvider;

  constructor(url: string, token: TokenProvider, limits: RetryLimits) {
    this.url = url.replace(/\/$/, '');
    this.token = token;
    this.limits = limits;
  }

  /**
   * @throws ProblemError when the api refuses the request, or asks for more time than is left
   * @throws NoAnswerError when connections fail until the limits are reached
   */
  async send<T>(request: ApiRequest<T>): Promise<T> {
    const { signal } = request;
    const end = Math.min(Date.now() + this.limits.totalMs, request.deadline ?? Infinity);
    let refresh = false;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await this.attempt(request, attempt, end - Date.now(), refresh);
      } catch (error) {
        signal?.throwIfAborted();
        const isOldToken: boolean = statusOf(error) === 401 && !refresh;
        if (!isOldToken && !mayRetry(error)) throw error;
        refresh ||= isOldToken;
        const asked = error instanceof ProblemError ? error.retryAfterMs : undefined;
        const wait = isOldToken ? 0 : (asked ?? 0) + backOffMs(attempt);
        if (attempt >= this.limits.attempts || Date.now() + wait >= end) throw error;
        await pause(wait, signal);
      }
    }
  }

  private async attempt<T>(request: ApiRequest<T>, attempt: number, leftMs: number, refresh: boolean): Promise<T> {
    const { method, path, body, signal } = request;
    const authorization = `Bearer ${await this.token(refresh)}`;
    const connection = new AbortController();
    const timer = setTimeout(() => connection.abort(new Error('timeout')), Math.min(this.limits.timeoutMs, leftMs));
    const either = signal ? AbortSignal.any([signal, connection.signal]) : connection.signal;
    try {
      const headers = { authorization, ...request.headers };
      const response = await fetch(this.url + path, { method, headers, body: body ?? null, signal: either });
      if (response.ok) return await request.read(response, connection);
      throw new ProblemError(problemOf(response.status, await response.text()), retryAfterOf(response.headers));
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      throw new NoAnswerError(String(error), attempt, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof ProblemError ? error.problem.status : undefined;
}

function mayRetry(error: unknown): boolean {
  return error instanceof NoAnswerError || RETRIED.includes(statusOf(error) ?? 0);
}

/** Between half and all of a time that doubles, so that clients do not return together. */
export function backOffMs(attempt: number): number {
  const longest = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (attempt - 1));
  return longest * (0.5 + Math.random() / 2);
}

/** @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { ...(signal && { signal }) }).catch(() => signal?.throwIfAborted());
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

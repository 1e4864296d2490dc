import { PROBLEM_STATUSES, type Problem } from './api-types.ts';

const URN = 'urn:fargate-orders:problem:';

/** The last part of a problem's `type`, `urn:fargate-orders:problem:{code}`. */
export type ProblemCode = keyof typeof PROBLEM_STATUSES;

/** What is wrong with each part of a request. */
export type ValidationError = NonNullable<Problem['errors']>[number];

/** RFC 9457 problem details: `switch (problem.code)` narrows them. `unknown` is from a load balancer, or from a newer api. */
export type ApiProblem =
  | { code: 'unknown'; type: string; title: string; status: number; detail: string }
  | {
      [Code in ProblemCode]: Omit<Problem, 'type' | 'status' | 'errors'> & {
        code: Code;
        type: `${typeof URN}${Code}`;
        status: (typeof PROBLEM_STATUSES)[Code];
      } & (Code extends 'invalid-request' ? { errors: readonly ValidationError[] } : object);
    }[ProblemCode];

/** The api has refused the request. Repeating it unchanged does not help, except after `retryAfterMs`. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly problem: ApiProblem;
  /** How long the api asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: ApiProblem, retryAfterMs?: number) {
    super(`${problem.status} ${problem.title}: ${problem.detail}`);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** There was no usable answer in time, so the outcome is unknown. Repeating the call with the same key is safe. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError';
  /** How many requests were sent. */
  readonly attempts: number;

  constructor(reason: string, attempts: number, options?: ErrorOptions) {
    super(`there is no answer: ${reason} (attempts: ${attempts})`, options);
    this.attempts = attempts;
  }
}

/** The problem that the body of an answer describes. */
export function problemOf(status: number, text: string): ApiProblem {
  const body = parsed(text);
  const { type = 'about:blank', title = 'Not a problem of the api', detail = text.slice(0, 200) } = body;
  const code = type.startsWith(URN) ? type.slice(URN.length) : '';
  if (!Object.hasOwn(PROBLEM_STATUSES, code)) return { code: 'unknown', type, title, status, detail };
  const errors = code === 'invalid-request' ? { errors: body.errors ?? [] } : {};
  return { ...body, ...errors, code } as ApiProblem;
}

function parsed(text: string): Partial<Problem> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

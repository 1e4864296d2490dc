import type { Checked, ValidationError } from '#libs/order-requests';

/** RFC 9457 problem details, with the validation errors of a request. */
export interface ProblemDetails {
  type: `urn:fargate-orders:problem:${ProblemKind}`;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: ValidationError[];
  /** Members of only this kind of problem, e.g. `allowedCommands`. */
  [extension: string]: unknown;
}

/** Every kind of problem that the api answers: `type` is `urn:fargate-orders:problem:{kind}`. */
export const PROBLEM_KINDS = {
  'invalid-request': { status: 400, title: 'The request is invalid' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'Not found' },
  'not-acceptable': { status: 406, title: 'There is no such representation' },
  timeout: { status: 408, title: 'The request arrived too slowly' },
  conflict: { status: 409, title: 'The order does not allow this now' },
  'precondition-failed': { status: 412, title: 'The order was changed meanwhile' },
  'too-large': { status: 413, title: 'The request body is too large' },
  'unsupported-media-type': { status: 415, title: 'The request body must be application/json' },
  'idempotency-conflict': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const;

export type ProblemKind = keyof typeof PROBLEM_KINDS;

export interface ProblemOptions extends ErrorOptions {
  errors?: ValidationError[];
  extensions?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Thrown anywhere in the api; the problem filter answers it. */
export class Problem extends Error {
  override name = 'Problem';
  readonly errors: ValidationError[] | undefined;
  readonly extensions: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    readonly kind: ProblemKind,
    detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, options);
    this.errors = options.errors;
    this.extensions = options.extensions ?? {};
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return PROBLEM_KINDS[this.kind].status;
  }

  details(instance: string): ProblemDetails {
    const { status, title } = PROBLEM_KINDS[this.kind];
    return {
      type: `urn:fargate-orders:problem:${this.kind}`,
      title,
      status,
      detail: this.message,
      instance: validReference(instance),
      ...this.extensions,
      ...(this.errors && { errors: this.errors }),
    };
  }
}

/** States the number of errors and the first of them; `errors` has them all. */
export function invalidRequest(errors: ValidationError[]): Problem {
  const summary = errors.length === 1 ? 'the request has an error' : `the request has ${errors.length} errors`;
  const [first] = errors.map(({ pointer, detail }) => (pointer ? `${pointer} ${detail}` : `the body ${detail}`));
  return new Problem('invalid-request', `${summary}: ${first}${errors.length > 1 ? ' …' : ''}`, { errors });
}

/**
 * The values of all parts of a request.
 * @throws Problem `invalid-request` with the errors of all parts.
 */
export function allValid<Values extends object>(parts: { [Name in keyof Values]: Checked<Values[Name]> }): Values {
  const checked: [string, Checked<unknown>][] = Object.entries(parts);
  const errors = checked.flatMap(([, part]) => ('errors' in part ? part.errors : []));
  if (errors.length > 0) throw invalidRequest(errors);
  return Object.fromEntries(checked.map(([name, part]) => [name, 'value' in part && part.value])) as Values;
}

/** The header that asks the caller to retry after 2 s. */
export const RETRY_SOON = { 'retry-after': '2' };

export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem('unavailable', detail, { cause, headers: RETRY_SOON });
}

/** The URL of a request may be invalid; RFC 9457 requires a URI reference. */
function validReference(url: string): string {
  const valid = url
    .replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25')
    .replaceAll(/[^\x21-\x7e]|["<>[\\\]^`{|}]|#(?=.*#)/g, encodeURIComponent);
  // After two slashes, the text would be a host (RFC 3986, 4.2).
  return valid.startsWith('//') ? `/.${valid}` : valid;
}

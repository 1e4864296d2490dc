import type { OpenApiCheck } from '../../../test/harness/openapi-check.ts';
import type { RawAnswer } from '../../answer-reader.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { Outcome } from '../../raw-connection.ts';

/** Documents of the service itself, which `/openapi.json` does not describe. */
const DOCUMENTS = /^\/(docs(\/.*)?|openapi\.json|asyncapi\.json)$/;
/** Its 503 reports that the api is not ready. It is an answer, not a refusal. */
const READINESS = '/health/ready';
const PROBLEM = /^application\/problem\+json\b/;
const TRACE_ID = /^[0-9a-f]{32}$/;
/** Statuses of a late answer. On a busy machine they are not an error, unless they are repeated. */
const MAY_PASS = new Set([408, 503]);

export function mayPass(outcome: Outcome): outcome is Extract<Outcome, { answer: unknown }> {
  return 'answer' in outcome && MAY_PASS.has(outcome.answer.status);
}

/**
 * Finds the errors in an answer to any request: 5xx or no answer, a refusal that is not a problem document, anything that
 * `/openapi.json` does not describe.
 */
export class AnswerOracle {
  private readonly document: Pick<OpenApiCheck, 'assertDescribes'>;

  constructor(document: Pick<OpenApiCheck, 'assertDescribes'>) {
    this.document = document;
  }

  errorsOf(request: Pick<FuzzRequest, 'method' | 'target'>, outcome: Outcome): string[] {
    if ('none' in outcome) return [outcome.none];
    const { status } = outcome.answer;
    // Requests are sent at once, so that none is late.
    const shouldNotBe = status >= 500 || status === 408;
    return [...(shouldNotBe ? [`status ${status}`] : []), ...this.formErrorsOf(request, outcome.answer)];
  }

  /** Finds the errors in an answer whose status is allowed. */
  formErrorsOf(request: Pick<FuzzRequest, 'method' | 'target'>, answer: RawAnswer): string[] {
    const { status, headers, body } = answer;
    const errors: string[] = [];
    const type = headers.get('content-type') ?? '';
    const path = pathOf(request.target);
    const isProblem = status >= 400 && !(status === 503 && path === READINESS);
    if (isProblem && !PROBLEM.test(type)) errors.push(`${status} is a refusal of type ${JSON.stringify(type)}`);
    if (isProblem && !TRACE_ID.test(headers.get('trace-id') ?? '')) errors.push(`${status} has no Trace-Id`);
    if (status === 401 && !headers.has('www-authenticate')) errors.push('401 has no WWW-Authenticate');
    if (isProblem && (status === 429 || status === 503) && !headers.has('retry-after'))
      errors.push(`${status} has no Retry-After`);
    // An answer to HEAD has no body to check.
    if (request.method === 'HEAD') return [...errors, ...(body.length > 0 ? ['HEAD has a body'] : [])];
    const document = parsed(type, body);
    if ('error' in document) return [...errors, document.error];
    if (isProblem) errors.push(...problemErrors(status, document.value));
    return [...errors, ...this.undescribed({ method: request.method, path }, status, type, document.value)];
  }

  private undescribed(
    { method, path }: { method: string; path: string },
    status: number,
    contentType: string,
    body: unknown,
  ): string[] {
    if (status < 400 && DOCUMENTS.test(path)) return [];
    if (status >= 300 && status < 400 && status !== 304) return [`${status} redirects`];
    try {
      this.document.assertDescribes({ method, path, status, contentType, body });
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  }
}

function problemErrors(status: number, body: unknown): string[] {
  const problem = (body ?? {}) as Record<string, unknown>;
  const errors: string[] = [];
  if (problem['status'] !== status) errors.push(`${status} says status ${JSON.stringify(problem['status'])}`);
  for (const name of ['type', 'title', 'detail'] as const) {
    if (typeof problem[name] !== 'string' || problem[name] === '') errors.push(`${status} has no ${name}`);
  }
  return errors;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function parsed(type: string, body: Buffer): { value: unknown } | { error: string } {
  if (!/json/.test(type)) return { value: undefined };
  try {
    return { value: JSON.parse(UTF_8.decode(body)) };
  } catch (error) {
    return { error: `the body is not JSON in UTF-8: ${(error as Error).message}` };
  }
}

/** The path of a target without its query, with percent-encoded characters decoded. */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/)[0] ?? '';
  return path.replaceAll(/%[46][0-9A-F]|%[57][0-9A]/gi, (escape) =>
    String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  );
}

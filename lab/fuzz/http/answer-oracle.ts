import type { OpenApiCheck } from '../../../test/harness/openapi-check.ts';
import type { RawAnswer } from '../../answer-reader.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { Outcome } from '../../raw-connection.ts';

/** Documents of the service itself, which `/openapi.json` does not describe. */
const DOCUMENTS = /^\/(docs(\/.*)?|openapi\.json|asyncapi\.json)$/;
/** Tells with 503 that the api is not ready, and why; the question itself was answered. */
const READINESS = '/health/ready';
const PROBLEM = /^application\/problem\+json\b/;
const TRACE_ID = /^[0-9a-f]{32}$/;
/** Not in time: of a machine that is busy with other things this is no fault, unless it comes again. */
const MAY_PASS = new Set([408, 503]);

export function mayPass(outcome: Outcome): outcome is Extract<Outcome, { answer: unknown }> {
  return 'answer' in outcome && MAY_PASS.has(outcome.answer.status);
}

/**
 * What an answer should not have been, whatever was sent: 5xx or none, a refusal that is no problem document, anything
 * that `/openapi.json` does not say.
 */
export class AnswerOracle {
  private readonly document: Pick<OpenApiCheck, 'mustDescribe'>;

  constructor(document: Pick<OpenApiCheck, 'mustDescribe'>) {
    this.document = document;
  }

  faultsOf(request: Pick<FuzzRequest, 'method' | 'target'>, outcome: Outcome): string[] {
    if ('none' in outcome) return [outcome.none];
    const { status } = outcome.answer;
    // Requests are sent in one piece.
    const shouldNotBe = status >= 500 || status === 408;
    return [...(shouldNotBe ? [`status ${status}`] : []), ...this.formFaultsOf(request, outcome.answer)];
  }

  /** The same, whatever the status is. */
  formFaultsOf(request: Pick<FuzzRequest, 'method' | 'target'>, answer: RawAnswer): string[] {
    const { status, headers, body } = answer;
    const faults: string[] = [];
    const type = headers.get('content-type') ?? '';
    const path = pathOf(request.target);
    const isProblem = status >= 400 && !(status === 503 && path === READINESS);
    if (isProblem && !PROBLEM.test(type)) faults.push(`${status} is a refusal of type ${JSON.stringify(type)}`);
    if (isProblem && !TRACE_ID.test(headers.get('trace-id') ?? '')) faults.push(`${status} has no Trace-Id`);
    if (status === 401 && !headers.has('www-authenticate')) faults.push('401 has no WWW-Authenticate');
    if (isProblem && (status === 429 || status === 503) && !headers.has('retry-after'))
      faults.push(`${status} has no Retry-After`);
    // Of HEAD there is nothing more to hold against anything.
    if (request.method === 'HEAD') return [...faults, ...(body.length > 0 ? ['HEAD has a body'] : [])];
    const document = parsed(type, body);
    if ('fault' in document) return [...faults, document.fault];
    if (isProblem) faults.push(...problemFaults(status, document.value));
    return [...faults, ...this.undescribed({ method: request.method, path }, status, type, document.value)];
  }

  private undescribed(
    { method, path }: { method: string; path: string },
    status: number,
    contentType: string,
    body: unknown,
  ): string[] {
    if (status < 400 && DOCUMENTS.test(path)) return [];
    if (status >= 300 && status < 400 && status !== 304) return [`${status} sends elsewhere`];
    try {
      this.document.mustDescribe({ method, path, status, contentType, body });
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  }
}

function problemFaults(status: number, body: unknown): string[] {
  const problem = (body ?? {}) as Record<string, unknown>;
  const faults: string[] = [];
  if (problem['status'] !== status) faults.push(`${status} says status ${JSON.stringify(problem['status'])}`);
  for (const name of ['type', 'title', 'detail'] as const) {
    if (typeof problem[name] !== 'string' || problem[name] === '') faults.push(`${status} has no ${name}`);
  }
  return faults;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function parsed(type: string, body: Buffer): { value: unknown } | { fault: string } {
  if (!/json/.test(type)) return { value: undefined };
  try {
    return { value: JSON.parse(UTF_8.decode(body)) };
  } catch (error) {
    return { fault: `the body is no JSON in UTF-8: ${(error as Error).message}` };
  }
}

/** Without the query, and with percent-encoded characters decoded. */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/)[0] ?? '';
  return path.replaceAll(/%[46][0-9A-F]|%[57][0-9A]/gi, (escape) =>
    String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  );
}

import { OpenApiCheck } from '../../../test/harness/openapi-check.ts';
import { AnswerOracle, mayPass } from './answer-oracle.ts';
import type { RawAnswer } from '../../answer-reader.ts';

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: { type: { enum: ['urn:not-found'] }, title: { type: 'string' }, status: { type: 'integer' } },
};
const described = (type: string, name: string) => ({
  content: { [type]: { schema: { $ref: `#/components/schemas/${name}` } } },
});
const oracle = new AnswerOracle(
  OpenApiCheck.of({
    paths: {
      '/v1/orders/{orderId}': {
        get: {
          responses: {
            200: described('application/json', 'Order'),
            404: described('application/problem+json', 'Problem'),
          },
        },
      },
    },
    components: {
      schemas: {
        Problem: problemSchema,
        Order: {
          type: 'object',
          required: ['orderId'],
          additionalProperties: false,
          properties: { orderId: { type: 'string' } },
        },
      },
    },
  }),
);

const problem = { type: 'urn:not-found', title: 'Not found', status: 404, detail: 'there is no order', instance: '/x' };
const TRACE = ['trace-id', '0af7651916cd43dd8448eb211c80319c'] as const;

function answer(status: number, body: object | string, more: Record<string, string> = {}): RawAnswer {
  const type = status < 400 ? 'application/json' : 'application/problem+json; charset=utf-8';
  const headers = new Map([['content-type', type], TRACE, ...Object.entries(more)]);
  return { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), endless: false };
}

function errorsOf(came: RawAnswer, target = '/v1/orders/1', method = 'GET'): string[] {
  return oracle.errorsOf({ method, target }, { answer: came, tookMs: 1 });
}

describe('the oracle of the fuzzer', () => {
  it('accepts answers that the document describes', () => {
    expect(errorsOf(answer(200, { orderId: '1' }))).toEqual([]);
    expect(errorsOf(answer(404, problem))).toEqual([]);
    expect(errorsOf(answer(404, problem), '/nowhere')).toEqual([]);
    expect(errorsOf(answer(404, ''), '/v1/orders/1', 'HEAD')).toEqual([]);
  });

  it.each([
    ['500', answer(500, { ...problem, status: 500 })],
    ['503, even where it is a problem', answer(503, { ...problem, status: 503 }, { 'retry-after': '2' })],
    ['408, because everything was sent at once', answer(408, { ...problem, status: 408 })],
    ['a status that the document does not have', answer(409, { ...problem, status: 409 })],
    ['a problem of another status', answer(404, { ...problem, status: 400 })],
    ['a problem without a type', answer(404, { ...problem, type: undefined })],
    ['a problem of an unknown type', answer(404, { ...problem, type: 'urn:other' })],
    ['a problem without a title', answer(404, { ...problem, title: '' })],
    ['a refusal in plain text', answer(404, 'Not Found', { 'content-type': 'text/plain' })],
    ['a refusal as plain JSON', answer(404, problem, { 'content-type': 'application/json' })],
    ['an empty refusal', answer(404, '')],
    ['a refusal without a trace', answer(404, problem, { 'trace-id': '' })],
    ['200 with a field too many', answer(200, { orderId: '1', secret: 1 })],
    ['200 with a field too few', answer(200, {})],
    ['200 with half a body', answer(200, '{"orderId":')],
    ['200 of another type', answer(200, { orderId: '1' }, { 'content-type': 'text/html' })],
    ['401 without a challenge', answer(401, { ...problem, status: 401 })],
    ['a redirect', answer(302, {}, { location: 'http://elsewhere' })],
  ])('catches %s', (_, came) => {
    expect(errorsOf(came)).not.toEqual([]);
  });

  it('checks the form of an allowed 408 or 503 like that of any refusal', () => {
    const form = (came: RawAnswer) => oracle.formErrorsOf({ method: 'GET', target: '/v1/orders/1' }, came);
    const unavailable = { ...problem, status: 503 };
    expect(mayPass({ answer: answer(503, unavailable), tookMs: 1 })).toBe(true);
    expect(mayPass({ answer: answer(500, unavailable), tookMs: 1 })).toBe(false);
    expect(form(answer(408, { ...problem, status: 408 }))).toEqual([]);
    expect(form(answer(408, 'too slow', { 'content-type': 'text/plain' }))).not.toEqual([]);
    expect(form(answer(503, unavailable))).toContain('503 has no Retry-After');
  });

  it('does not require a problem document of a readiness answer', () => {
    const notReady = {
      ...answer(503, { status: 'not_ready' }),
      headers: new Map([['content-type', 'application/json']]),
    };
    const errorsOf = (target: string) => oracle.formErrorsOf({ method: 'GET', target }, notReady);
    expect(errorsOf('/v1/orders/1')).toContain('503 has no Retry-After');
    expect(errorsOf('/health/ready').join()).not.toMatch(/Retry-After|refusal|no title/);
  });

  it('catches 200 of an undescribed path, except for the documents', () => {
    expect(errorsOf(answer(200, {}), '/admin')).not.toEqual([]);
    expect(errorsOf(answer(200, {}), '/openapi.json?x=1')).toEqual([]);
  });

  it('catches a missing answer', () => {
    expect(oracle.errorsOf({ method: 'GET', target: '/' }, { none: 'closed without an answer' })).toEqual([
      'closed without an answer',
    ]);
  });

  it('catches a HEAD that has a body', () => {
    expect(errorsOf(answer(200, { orderId: '1' }), '/v1/orders/1', 'HEAD')).not.toEqual([]);
  });
});

import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import { PROBLEM_KINDS, type ProblemKind } from './problem.ts';

/* Parts that the descriptions of several operations share. */

type Headers = Record<string, { description: string; schema: { type: 'string' } }>;

export function json(name: string) {
  return { 'application/json': { schema: schemaRef(name) } };
}

export function schemaRef(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

export function responseHeader(description: string) {
  return { description, schema: { type: 'string' as const } };
}

export const EVERY_ANSWER: Headers = { 'Trace-Id': responseHeader("The request's trace id, as in the logs") };

/** The problems that an operation may answer, one response for each status. */
export function problems(...kinds: ProblemKind[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...kinds.map((kind) =>
      ApiResponse({
        status: PROBLEM_KINDS[kind].status,
        description: PROBLEM_KINDS[kind].title,
        headers: EVERY_ANSWER,
        content: { 'application/problem+json': { schema: schemaRef('Problem') } },
      }),
    ),
  );
}

export function orderIdParam(): MethodDecorator & ClassDecorator {
  return ApiParam({ name: 'orderId', schema: { type: 'string' } });
}

export function idempotencyKeyHeader(): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    schema: { type: 'string', maxLength: 257 },
    example: 'cart-8412',
  });
}

export function preferHeader(): MethodDecorator {
  return ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`wait=N` answers the outcome itself if it is known within N seconds, at most 10 (RFC 7240)',
    schema: { type: 'string' },
    example: 'wait=5',
  });
}

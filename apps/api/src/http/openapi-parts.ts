import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import { KEY_RULE } from './request-headers.ts';
import { PROBLEM_KINDS, type ProblemKind } from './problem.ts';

/* Parts of operations in `/openapi.json`. */

type Description = MethodDecorator & ClassDecorator;
type Content = Record<string, { schema: object }>;

export function schemaRef(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

export function json(name: string): Content {
  return { 'application/json': { schema: schemaRef(name) } };
}

/** An answer of an operation. @param headers descriptions by header name; `addCommonHeaders` adds those of many operations. */
export function answer(
  status: number,
  description: string,
  content: Content,
  headers: Record<string, string> = {},
): Description {
  const described = Object.entries(headers).map(([name, meaning]) => {
    return [name, { description: meaning, schema: { type: 'string' as const } }];
  });
  return ApiResponse({ status, description, headers: Object.fromEntries(described), content });
}

/** The problems that an operation can answer, one response for each status. */
export function problems(...kinds: ProblemKind[]): Description {
  const content = { 'application/problem+json': { schema: schemaRef('Problem') } };
  return applyDecorators(
    ...kinds.map((kind) => answer(PROBLEM_KINDS[kind].status, PROBLEM_KINDS[kind].title, content)),
  );
}

/** `/docs` sends a new key in its place. */
export const EXAMPLE_KEY = 'cart-8412';

export const orderIdParam = ApiParam({ name: 'orderId', schema: { type: 'string' } });

export const idempotencyKeyHeader = ApiHeader({
  name: 'Idempotency-Key',
  required: true,
  description:
    `Names the request: sent again with the same key and content, it has no further effect. It ${KEY_RULE}, with or ` +
    'without quotes around them.',
  schema: { type: 'string', maxLength: 257 },
  example: EXAMPLE_KEY,
});

export const preferHeader = ApiHeader({
  name: 'Prefer',
  required: false,
  description: '`wait=N`: answer with the outcome if it is known within N seconds, at most 10 (RFC 7240)',
  schema: { type: 'string' },
  example: 'wait=5',
});

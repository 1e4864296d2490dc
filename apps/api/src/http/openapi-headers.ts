import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const text = (description: string) => ({ description, schema: { type: 'string' as const } });
const count = (description: string) => ({ description, schema: { type: 'integer' as const, minimum: 0 } });

/** Headers that answers of many operations have. */
export const componentHeaders = {
  'Trace-Id': text("The request's trace id, as in the logs"),
  'WWW-Authenticate': text('A Bearer challenge (RFC 6750), with the reason why the token was refused'),
  'RateLimit-Limit': count("The units of the caller's quota"),
  'RateLimit-Remaining': count('The units that are left'),
  'RateLimit-Reset': count('The seconds until the quota is full again'),
  'RateLimit-Cost': count('The units that this request cost'),
  'Retry-After': count('The seconds after which the request may be sent again'),
};

type HeaderName = keyof typeof componentHeaders;

const QUOTA: HeaderName[] = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'RateLimit-Cost'];

/** Adds the component headers to the answers that have them. */
export function addCommonHeaders({ paths }: OpenAPIObject): void {
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as Operation[]);
  for (const { responses, security = [] } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      if (!response || '$ref' in response) continue;
      const names = security.length > 0 ? headersForCallers(status) : (['Trace-Id'] as const);
      const common = names.map((name) => [name, { $ref: `#/components/headers/${name}` }]);
      response.headers = { ...Object.fromEntries(common), ...response.headers };
    }
  }
}

function headersForCallers(status: string): readonly HeaderName[] {
  // The token is checked before the quota is charged.
  if (status === '401') return ['Trace-Id', 'WWW-Authenticate'];
  return ['Trace-Id', ...QUOTA, ...(['429', '503'].includes(status) ? ['Retry-After' as const] : [])];
}

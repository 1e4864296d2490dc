import type { AwsService } from './aws-call.ts';

/** An answer of the proxy in place of the service. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The status and the code by which a client recognizes each failure, from the API references. */
const failures = {
  sqs: { error: [500, 'InternalFailure'], throttle: [403, 'RequestThrottled'] },
  sns: { error: [500, 'InternalError'], throttle: [429, 'Throttled'] },
  dynamodb: { error: [500, 'InternalServerError'], throttle: [400, 'ProvisionedThroughputExceededException'] },
  streams: { error: [500, 'InternalServerError'], throttle: [400, 'LimitExceededException'] },
} as const;

const namespaces = {
  sqs: 'com.amazonaws.sqs',
  dynamodb: 'com.amazonaws.dynamodb.v20120810',
  streams: 'com.amazonaws.dynamodb.streams.v20120810',
};
export const MESSAGE = 'injected by the fault proxy';

/** The answer of a service that fails or throttles. */
export function failedAnswer(service: AwsService, kind: 'error' | 'throttle'): Answer {
  const [status, code] = failures[service][kind];
  const side = kind === 'error' ? 'Receiver' : 'Sender';
  if (service === 'sns') {
    const error = `<Error><Type>${side}</Type><Code>${code}</Code><Message>${MESSAGE}</Message></Error>`;
    return xmlAnswer(status, `<ErrorResponse>${error}<RequestId>chaos</RequestId></ErrorResponse>`);
  }
  const answer = jsonAnswer({ __type: `${namespaces[service]}#${code}`, message: MESSAGE }, status);
  return { ...answer, headers: { ...answer.headers, 'x-amzn-query-error': `${code};${side}` } };
}

export function jsonAnswer(body: object, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) };
}

export function xmlAnswer(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

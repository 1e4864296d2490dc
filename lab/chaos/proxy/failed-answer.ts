import type { AwsService } from './aws-call.ts';

/** An answer that the proxy gives in a service's stead. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Failure {
  readonly status: number;
  readonly code: string;
}

/** By the API references: the code by which a client knows each, and its status. */
const failures: Readonly<Record<AwsService, Readonly<Record<'error' | 'throttle', Failure>>>> = {
  sqs: {
    error: { status: 500, code: 'InternalFailure' },
    throttle: { status: 403, code: 'RequestThrottled' },
  },
  sns: {
    error: { status: 500, code: 'InternalError' },
    throttle: { status: 429, code: 'Throttled' },
  },
  dynamodb: {
    error: { status: 500, code: 'InternalServerError' },
    throttle: { status: 400, code: 'ProvisionedThroughputExceededException' },
  },
  streams: {
    error: { status: 500, code: 'InternalServerError' },
    throttle: { status: 400, code: 'LimitExceededException' },
  },
};

const namespaces = {
  sqs: 'com.amazonaws.sqs',
  dynamodb: 'com.amazonaws.dynamodb.v20120810',
  streams: 'com.amazonaws.dynamodb.streams.v20120810',
};
const MESSAGE = 'injected by the fault proxy';

/** As the service itself tells that it failed or throttles. */
export function failedAnswer(service: AwsService, kind: 'error' | 'throttle'): Answer {
  const { status, code } = failures[service][kind];
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

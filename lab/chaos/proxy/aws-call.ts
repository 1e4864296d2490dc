import type { IncomingHttpHeaders } from 'node:http';

/** A call as it came: what the service is asked to do, and the body that says with what. */
export interface AwsCall {
  /** As in the API reference, e.g. `SendMessageBatch`. */
  readonly action: string;
  readonly body: string;
}

/** SQS and DynamoDB name the action in a header (AWS JSON), SNS in the body (AWS Query). */
export function awsCall(headers: IncomingHttpHeaders, body: string): AwsCall {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return { action: target.split('.').at(-1) ?? '', body };
  return { action: new URLSearchParams(body).get('Action') ?? '', body };
}

import type { IncomingHttpHeaders } from 'node:http';

export const awsServices = ['sqs', 'sns', 'dynamodb', 'streams'] as const;
export type AwsService = (typeof awsServices)[number];

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

/**
 * What becomes of a call.
 *
 * - `error`: answered with the service's own 5xx, not applied.
 * - `throttle`: answered as the service throttles, not applied.
 * - `reset-before`: the connection is cut, not applied.
 * - `reset-after`: applied, and the connection is cut before the answer.
 * - `hang`: not applied and never answered.
 * - `slow`: applied, and answered after a delay.
 * - `partial`: some entries of a batch are answered as failed and not applied, the others are. Other calls are not hit.
 */
export type CallFaultKind = 'error' | 'throttle' | 'reset-before' | 'reset-after' | 'hang' | 'slow' | 'partial';

/** A share of a service's calls that goes wrong in one way. */
export interface CallFault {
  readonly service: AwsService;
  readonly kind: CallFaultKind;
  /** Of the calls, or for `partial` of the entries of a call: above 0, at most 1. */
  readonly share: number;
  /** Names of the calls that are hit. Default: all. */
  readonly actions?: readonly string[];
  /** Of `slow`: the least and the most, in milliseconds. */
  readonly delayMs?: readonly [number, number];
}

/** As `sqs SendMessageBatch reset-after 10 %`. */
export function callFaultText({ service, kind, share, actions, delayMs }: CallFault): string {
  const percent = `${Number((share * 100).toFixed(1))} %`;
  const delay = delayMs ? ` ${delayMs[0]}-${delayMs[1]} ms` : '';
  return [service, ...(actions ?? []), `${kind}${delay}`, percent].join(' ');
}

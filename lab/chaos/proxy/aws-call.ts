import type { IncomingHttpHeaders } from 'node:http';

export const awsServices = ['sqs', 'sns', 'dynamodb', 'streams'] as const;
export type AwsService = (typeof awsServices)[number];

/** A received call. */
export interface AwsCall {
  /** The action's name in the API reference, e.g. `SendMessageBatch`. */
  readonly action: string;
  readonly body: string;
}

/** Reads a call. SQS and DynamoDB name the action in a header (AWS JSON), SNS in the body (AWS Query). */
export function awsCall(headers: IncomingHttpHeaders, body: string): AwsCall {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return { action: target.split('.').at(-1) ?? '', body };
  return { action: new URLSearchParams(body).get('Action') ?? '', body };
}

/**
 * The fault of a call.
 *
 * - `error`: answered with the service's own 5xx, not applied.
 * - `throttle`: answered like the service when it throttles, not applied.
 * - `reset-before`: the connection is cut, not applied.
 * - `reset-after`: applied, and the connection is cut before the answer.
 * - `hang`: not applied and never answered.
 * - `slow`: applied, and answered after a delay.
 * - `partial`: some entries of a batch are answered as failed and not applied, the others are applied. Other calls are not hit.
 */
export type CallFaultKind = 'error' | 'throttle' | 'reset-before' | 'reset-after' | 'hang' | 'slow' | 'partial';

/** A fault of a share of a service's calls. */
export interface CallFault {
  readonly service: AwsService;
  readonly kind: CallFaultKind;
  /** The share of the calls, or for `partial` of a call's entries: above 0, at most 1. */
  readonly share: number;
  /** Names of the calls that are hit. Default: all. */
  readonly actions?: readonly string[];
  /** The minimum and maximum delay of `slow`, in milliseconds. */
  readonly delayMs?: readonly [number, number];
}

/** A fault as text, such as `sqs SendMessageBatch reset-after 10 %`. */
export function callFaultText({ service, kind, share, actions, delayMs }: CallFault): string {
  const percent = `${Number((share * 100).toFixed(1))} %`;
  const delay = delayMs ? ` ${delayMs[0]}-${delayMs[1]} ms` : '';
  return [service, ...(actions ?? []), `${kind}${delay}`, percent].join(' ');
}

import { CHANGE_REQUESTS, type ChangeRequest, checkShape, type Fault } from '#libs/order-requests';
import type { CommandName } from '#libs/orders';
import { invalidRequest } from '../http/problem.ts';
import { readIdempotencyKey, readIfMatch, readWaitSeconds } from '../http/request-headers.ts';

/** A request to change an order, checked. */
export interface ChangeInput {
  idempotencyKey: string;
  expectedVersion?: number;
  waitSeconds: number;
  content: ChangeRequest<CommandName>;
}

type Headers = Record<string, string | string[] | undefined>;

/** @throws Problem `invalid-request` with every fault of headers and body. */
export function checkChangeInput(name: CommandName, headers: Headers, body: unknown): ChangeInput {
  const key = readIdempotencyKey(headers['idempotency-key']);
  const ifMatch = readIfMatch(headers['if-match']);
  // Where nothing has to be said, nothing need be sent.
  const checked = checkShape<ChangeRequest<CommandName>>(CHANGE_REQUESTS[name], body ?? {});
  if ('key' in key && !('fault' in ifMatch) && 'value' in checked) {
    const waitSeconds = readWaitSeconds(headers['prefer']);
    return { idempotencyKey: key.key, ...ifMatch, waitSeconds, content: checked.value };
  }
  const faults: Fault[] = [
    ...('fault' in key ? [key.fault] : []),
    ...('fault' in ifMatch ? [ifMatch.fault] : []),
    ...('faults' in checked ? checked.faults : []),
  ];
  throw invalidRequest(faults);
}

import { checkOrderRequest, type Fault, type OrderRequest } from '#libs/orders';
import { Problem } from '../http/problem.ts';

/** A request to place an order, checked. */
export interface PlacementInput {
  idempotencyKey: string;
  order: OrderRequest;
}

/** As draft-ietf-httpapi-idempotency-key-header has it, a quoted string; most clients send it bare, so both are one. */
const KEY = /^("?)([A-Za-z0-9._:/+=@-]{1,255})\1$/;
const KEY_RULE = 'must be 1 to 255 letters, digits and any of . _ : / + = @ -';
/** Headers stand beside the document that the other pointers point into. */
const KEY_POINTER = '/headers/idempotency-key';

/** @throws Problem `invalid-request` with every fault of header and body. */
export function checkPlacementInput(keyHeader: string | string[] | undefined, body: unknown): PlacementInput {
  const idempotencyKey = KEY.exec(String(keyHeader ?? ''))?.[2];
  const checked = checkOrderRequest(body);
  if (idempotencyKey !== undefined && 'value' in checked) return { idempotencyKey, order: checked.value };
  const faults = 'faults' in checked ? checked.faults : [];
  throw invalidRequest(idempotencyKey === undefined ? [keyFault(keyHeader), ...faults] : faults);
}

function keyFault(keyHeader: unknown): Fault {
  return { pointer: KEY_POINTER, detail: keyHeader === undefined ? `is missing; it ${KEY_RULE}` : KEY_RULE };
}

function invalidRequest(errors: Fault[]): Problem {
  const summary = errors.length === 1 ? 'the request has a fault' : `the request has ${errors.length} faults`;
  const [first] = errors.map(({ pointer, detail }) => (pointer ? `${pointer} ${detail}` : `the body ${detail}`));
  return new Problem('invalid-request', `${summary}: ${first}${errors.length > 1 ? ' …' : ''}`, { errors });
}

export type OrderErrorCode =
  /** The table did not take or answer the call now; the same call may succeed later. */
  | 'TABLE_UNAVAILABLE'
  /** The table refuses this item for good, e.g. as too large. */
  | 'ITEM_REFUSED'
  /** The Idempotency-Key was used before, for an order with other content. */
  | 'IDEMPOTENCY_CONFLICT'
  /** A command is about an order that was not placed yet, or never. */
  | 'ORDER_NOT_PLACED'
  /** A message does not have the shape of a command. */
  | 'MALFORMED_COMMAND'
  /** A page cursor is not one that a list of orders gave. */
  | 'MALFORMED_CURSOR';

/** The base of this library's errors: what was expected, what came, and the cause. */
export class OrderError extends Error {
  override name = 'OrderError';
  readonly code: OrderErrorCode;

  constructor(code: OrderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type OrderErrorCode =
  /** The table did not answer or refused for now; the same call may succeed later. */
  | 'TABLE_UNAVAILABLE'
  /** The table refuses this item permanently, e.g. as too large. */
  | 'ITEM_REFUSED'
  /** The Idempotency-Key was used before, for an order with other content. */
  | 'IDEMPOTENCY_CONFLICT'
  /** A command is about an order that was not placed yet, or never. */
  | 'ORDER_NOT_PLACED'
  /** A message does not have the shape of a command. */
  | 'MALFORMED_COMMAND'
  /** A page cursor did not come from a list of orders. */
  | 'MALFORMED_CURSOR';

/** The error of the domain and its tables. The message names what was expected and what was received. */
export class OrderError extends Error {
  override name = 'OrderError';
  readonly code: OrderErrorCode;

  constructor(code: OrderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

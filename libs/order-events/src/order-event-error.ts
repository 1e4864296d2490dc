export type OrderEventErrorCode =
  /** The body is not an order event: not JSON, a field is missing or wrong, or two fields contradict each other. */
  | 'MALFORMED_EVENT'
  /** A sound CloudEvent, of a name or a version that this library does not know. A newer library may. */
  | 'UNKNOWN_EVENT';

/** The base of this library's errors: what was expected, what came, and the cause. Trying again helps for none. */
export class OrderEventError extends Error {
  override name = 'OrderEventError';
  readonly code: OrderEventErrorCode;

  constructor(code: OrderEventErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

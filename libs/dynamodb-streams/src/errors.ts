/** What went wrong, for code to branch on; messages are for people. */
export type StreamConsumerErrorCode =
  | 'INVALID_OPTION'
  | 'ITERATOR_EXPIRED'
  | 'RECORDS_TRIMMED'
  | 'STREAM_NOT_FOUND'
  | 'STREAM_DISABLED'
  | 'STREAM_REFUSED'
  | 'WRONG_STREAM'
  | 'LEASE_TABLE_NOT_FOUND'
  | 'LEASE_TABLE_REFUSED'
  | 'CONSUMER_STOPPED'
  | 'CALL_TIMEOUT'
  | 'LEASE_LOST'
  | 'PUBLISH_FAILED'
  | 'PUBLISH_REFUSED'
  | 'NO_MESSAGE';

/** The base of this library's errors: a code, what was expected and what came, and the cause where there is one. */
export class StreamConsumerError extends Error {
  override name = 'StreamConsumerError';
  readonly code: StreamConsumerErrorCode;

  constructor(code: StreamConsumerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether `error` is one of this library's with that code. */
  static is(error: unknown, code: StreamConsumerErrorCode): boolean {
    return error instanceof StreamConsumerError && error.code === code;
  }
}

/** An option or the stream's own state does not allow the consumer to run; thrown at construction or by `start()`. */
export class InvalidOptionError extends StreamConsumerError {
  override name = 'InvalidOptionError';

  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_OPTION', message, options);
  }
}

/** The publish did not happen, or nobody knows; the same record may be published again with hope. */
export class PublishFailedError extends StreamConsumerError {
  override name = 'PublishFailedError';
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super('PUBLISH_FAILED', message, options);
  }
}

/** The destination refuses this very record for good: sending it again unchanged cannot help. */
export class PublishRefusedError extends StreamConsumerError {
  override name = 'PublishRefusedError';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super('PUBLISH_REFUSED', message, options);
  }
}

/** No message can be made of this record, so there is nothing to send. */
export class NoMessageError extends StreamConsumerError {
  override name = 'NoMessageError';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super('NO_MESSAGE', message, options);
  }
}

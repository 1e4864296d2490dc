/** The kind of an error, for code that branches on it; the messages are for people. */
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

/** Base class of this library's errors. The message says what was expected and what was found. */
export class StreamConsumerError extends Error {
  readonly code: StreamConsumerErrorCode;

  constructor(code: StreamConsumerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }

  /** False when no other attempt to publish the record can succeed. */
  get retryable(): boolean {
    return this.code !== 'PUBLISH_REFUSED' && this.code !== 'NO_MESSAGE';
  }

  /** Whether `error` is an error of this library with that code. */
  static is(error: unknown, code: StreamConsumerErrorCode): boolean {
    return error instanceof StreamConsumerError && error.code === code;
  }
}

/** An option is invalid; thrown at construction. */
export class InvalidOptionError extends StreamConsumerError {
  constructor(message: string) {
    super('INVALID_OPTION', message);
  }
}

/** The publish failed, or its outcome is unknown. Another attempt may succeed. */
export class PublishFailedError extends StreamConsumerError {
  constructor(message: string, options?: ErrorOptions) {
    super('PUBLISH_FAILED', message, options);
  }
}

/** The destination refuses this record permanently. Another attempt cannot succeed. */
export class PublishRefusedError extends StreamConsumerError {
  constructor(message: string, options?: ErrorOptions) {
    super('PUBLISH_REFUSED', message, options);
  }
}

/** No message can be made of this record, so there is nothing to send. */
export class NoMessageError extends StreamConsumerError {
  constructor(message: string, options?: ErrorOptions) {
    super('NO_MESSAGE', message, options);
  }
}

/** Returns the error of a call that needs the lease, once it is lost. @param when what was about to happen */
export function leaseLost(when: string): StreamConsumerError {
  return new StreamConsumerError('LEASE_LOST', `the shard must still be owned when ${when}, it is not`);
}

/** Returns the error of a call that took longer than its limit. */
export function callTimeout(call: string, limitMs: number): StreamConsumerError {
  return new StreamConsumerError('CALL_TIMEOUT', `expected ${call} to answer within ${limitMs} ms, it did not`);
}

/** What was typed can not be done; the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It can not be done where it was to be done; the message says why, and what may be done about it. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

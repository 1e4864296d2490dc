/** `passed` rejects after the time-out, with an error that names `what`. Call `clear` when the wait is over. */
export function deadline(what: string, timeoutMs = 60_000): { passed: Promise<never>; clear: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  // A rejection that nothing waits for any more is not an error.
  promise.catch(() => undefined);
  const timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: ${what}`)), timeoutMs);
  return { passed: promise, clear: () => clearTimeout(timer) };
}

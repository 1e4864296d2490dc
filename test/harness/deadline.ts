/** A busy machine needs several times as long as an idle one. */
const TIMEOUT_MS = 60_000;

/** `passed` rejects after a minute, with an error that names `what`. Call `clear` when the wait is over. */
export function deadline(what: string): { passed: Promise<never>; clear: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  // A rejection that nothing waits for any more is not an error.
  promise.catch(() => undefined);
  const timer = setTimeout(() => reject(new Error(`not within ${TIMEOUT_MS} ms: ${what}`)), TIMEOUT_MS);
  // A wait that has lost a race must not keep the test process alive.
  timer.unref();
  return { passed: promise, clear: () => clearTimeout(timer) };
}

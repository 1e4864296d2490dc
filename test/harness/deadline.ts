/** A promise that rejects with what was waited for. */
export function deadline(what: string, timeoutMs = 30_000): { passed: Promise<never>; clear: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  // Whoever waits for it sees the rejection; when nobody does any more, nothing is wrong.
  promise.catch(() => undefined);
  const timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: ${what}`)), timeoutMs);
  return { passed: promise, clear: () => clearTimeout(timer) };
}

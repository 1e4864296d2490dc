/** What a look-up finds, or undefined when it has not answered in time; it goes on, and nobody waits for it. */
export function foundWithin<Found>(timeoutMs: number, lookUp: Promise<Found>): Promise<Found | undefined> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => resolve(undefined), timeoutMs);
    lookUp.then(resolve, reject).finally(() => clearTimeout(deadline));
  });
}

import { unlessAborted } from '../clock.ts';
import { callTimeout, InvalidOptionError } from '../errors.ts';

/** Sends a command of an AWS client and passes the signal on. */
type Send<Answer> = (options: { abortSignal: AbortSignal }) => Promise<Answer>;

/**
 * Returns a function that makes a call and ends it after `callTimeoutMs`, whatever it waits for: credentials, a socket, the
 * answer. A client checks the signal just before it sends, so that a call that was ended is not sent later.
 *
 * @throws InvalidOptionError when the timeout is not a whole number above 0; the returned function throws
 * StreamConsumerError `CALL_TIMEOUT`
 */
export function callLimit(callTimeoutMs: number) {
  if (!Number.isInteger(callTimeoutMs) || callTimeoutMs < 1) {
    throw new InvalidOptionError(`callTimeoutMs must be a whole number above 0, got ${callTimeoutMs}`);
  }
  return async <Answer>(name: string, send: Send<Answer>): Promise<Answer> => {
    const abortSignal = AbortSignal.timeout(callTimeoutMs);
    const answer = await unlessAborted(send({ abortSignal }), abortSignal);
    if (answer === undefined) throw callTimeout(name, callTimeoutMs);
    return answer;
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { SupervisedProcess } from './processes/supervised-process.ts';

const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 2_000;
const MOST_DETAIL_CHARACTERS = 300;

/** A process and the port on which it answers `/health/ready`. */
export interface HealthCheck {
  readonly process: SupervisedProcess;
  readonly port: number;
}

/** Waits until every process says it is ready; rejects with those that are not after `timeoutMs` or have ended, and why. */
export async function allReady(checks: readonly HealthCheck[], timeoutMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const faults = await Promise.all(checks.map((check) => faultAt(deadline, check, signal)));
  const unready = faults.filter((fault) => fault !== undefined);
  if (unready.length > 0) throw new Error(`not ready:\n${unready.join('\n')}`);
}

/** What keeps the process from being ready at the deadline; undefined as soon as it is ready. */
async function faultAt(deadline: number, check: HealthCheck, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    const fault = await unreadiness(check, signal);
    signal.throwIfAborted();
    if (fault === undefined || performance.now() >= deadline) return fault;
    // Whoever ends before it was ever ready ends for a reason that another try does not change: its last lines tell it.
    if (check.process.lastExit !== undefined)
      return `${check.process.name} ${check.process.lastExit} before it was ready`;
    await sleep(PROBE_EVERY_MS, undefined, { signal });
  }
}

async function unreadiness({ process, port }: HealthCheck, signal: AbortSignal): Promise<string | undefined> {
  const url = `http://127.0.0.1:${port}/health/ready`;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]) });
    if (response.ok) return undefined;
    const detail = (await response.text()).slice(0, MOST_DETAIL_CHARACTERS);
    return `${process.name}: ${url} answers ${response.status} ${detail}`;
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    const exit = process.lastExit ? `; it ${process.lastExit} before` : '';
    return `${process.name}: ${url} does not answer (${cause?.code ?? message})${exit}`;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { AppName } from '../../../local/apps.ts';
import type { SupervisedProcess } from '../../../local/processes/supervised-process.ts';

/** Of each app: enough that one can be gone. */
export const INSTANCES = 2;
const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 1_000;

interface StreamReport {
  readonly dependencies?: { readonly ordersStream?: { readonly shards?: readonly { readonly mine: boolean }[] } };
}

/** One of several processes of an app, with a port of its own. */
export class Instance {
  readonly app: AppName;
  /** As in `worker 2`. */
  readonly name: string;
  readonly port: number;
  readonly process: SupervisedProcess;
  private paused = false;

  constructor(app: AppName, number: number, port: number, process: SupervisedProcess) {
    this.app = app;
    this.name = `${app} ${number}`;
    this.port = port;
    this.process = process;
  }

  /** Whether there was a process to send it to: one that was killed just now has none. */
  signal(signal: NodeJS.Signals): boolean {
    const { pid } = this.process;
    if (pid === undefined) return false;
    if (signal === 'SIGSTOP') this.paused = true;
    if (signal === 'SIGCONT') this.paused = false;
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  }

  /** A process that is stopped does not even take SIGTERM. */
  resume(): void {
    if (this.paused) this.signal('SIGCONT');
  }

  /** Resolves when it says that it can work; a service that waits for an outage to end cannot. */
  async ready(signal: AbortSignal): Promise<void> {
    while (!(await this.answers('/health/ready', signal))?.ok) {
      signal.throwIfAborted();
      await sleep(PROBE_EVERY_MS, undefined, { signal });
    }
  }

  /** Of a relay: whether it reads a shard now, as it says itself. */
  async ownsShard(): Promise<boolean> {
    const response = await this.answers('/health/ready', AbortSignal.timeout(PROBE_TIMEOUT_MS));
    const report = (await response?.json().catch(() => ({}))) as StreamReport | undefined;
    return report?.dependencies?.ordersStream?.shards?.some(({ mine }) => mine) ?? false;
  }

  private async answers(path: string, signal: AbortSignal): Promise<Response | undefined> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    return fetch(`http://127.0.0.1:${this.port}${path}`, { signal: bounded }).catch(() => undefined);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamConsumerStatus } from '#libs/dynamodb-streams';
import type { HealthReport } from '#libs/service';
import type { AppName } from './apps.ts';
import { type ProcessDefinition, SupervisedProcess } from './processes/supervised-process.ts';

const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 2_000;
const MOST_DETAIL_CHARACTERS = 300;

/** A relay's own report of its stream. */
export type StreamHealth = HealthReport & Pick<StreamConsumerStatus, 'shards'> & { quarantinedOrders: number };

/** One process of an app, with a port of its own. */
export class AppInstance extends SupervisedProcess {
  readonly app: AppName;
  readonly port: number;
  private wasReady = false;

  constructor(app: AppName, port: number, definition: ProcessDefinition) {
    super(definition);
    this.app = app;
    this.port = port;
  }

  /** Sends a signal; false when there is no process, such as just after a kill. */
  signal(signal: NodeJS.Signals): boolean {
    try {
      return this.pid !== undefined && process.kill(this.pid, signal);
    } catch {
      return false;
    }
  }

  /** The answer of its health server. @throws Error when none comes */
  get(path: string, timeoutMs = PROBE_TIMEOUT_MS): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { signal: AbortSignal.timeout(timeoutMs) });
  }

  /**
   * Resolves when it is ready to work.
   * @throws Error that says why it is not ready in time, or that it ended before it was ever ready: another try would not
   * change that, and its last lines say why
   */
  async healthy(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (let reason = await this.unreadiness(); reason !== undefined; reason = await this.unreadiness()) {
      if (!this.wasReady && this.lastExit) throw new Error(`${this.name} ${this.lastExit} before it was ready`);
      if (performance.now() >= deadline) throw new Error(reason);
      await sleep(PROBE_EVERY_MS, undefined, { signal });
    }
    this.wasReady = true;
  }

  /** Why it is not ready to work; undefined when it is. */
  async unreadiness(): Promise<string | undefined> {
    const path = '/health/ready';
    try {
      const response = await this.get(path);
      if (response.ok) return undefined;
      const detail = (await response.text()).slice(0, MOST_DETAIL_CHARACTERS);
      return `${this.name}: ${response.url} answers ${response.status} ${detail}`;
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } };
      const exit = this.lastExit ? `; it ${this.lastExit} before` : '';
      return `${this.name}: port ${this.port} does not answer ${path} (${cause?.code ?? message})${exit}`;
    }
  }

  /** Of a stream relay; `mine` of a shard says that this process reads it. @throws Error when no answer comes */
  async streamHealth(timeoutMs?: number): Promise<StreamHealth> {
    const answer = await this.get('/health/ready', timeoutMs);
    const { dependencies } = (await answer.json()) as { dependencies: { ordersStream: StreamHealth } };
    return dependencies.ordersStream;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamConsumerStatus } from '#libs/dynamodb-streams';
import type { HealthReport } from '#libs/service';
import type { AppName } from './apps.ts';
import { type ProcessDefinition, SupervisedProcess } from './processes/supervised-process.ts';

const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 2_000;
const MOST_DETAIL_CHARACTERS = 300;

/** The health of its stream that a relay reports. */
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

  /** Sends a signal. Returns false when there is no process, for example just after a kill. */
  signal(signal: NodeJS.Signals): boolean {
    try {
      return this.pid !== undefined && process.kill(this.pid, signal);
    } catch {
      return false;
    }
  }

  /** Requests a path of its health server. @throws Error without an answer */
  get(path: string, timeoutMs = PROBE_TIMEOUT_MS): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { signal: AbortSignal.timeout(timeoutMs) });
  }

  /**
   * Resolves when it is ready to work.
   * @throws Error with the reason why it is not ready in time, or when it ended before it was ready for the first time, which a
   * restart would not change
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

  /** The reason why it is not ready to work; undefined when it is ready. */
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

  /** The health of a relay's stream. `isOwn` of a shard means that this process reads it. @throws Error without an answer */
  async streamHealth(timeoutMs?: number): Promise<StreamHealth> {
    const answer = await this.get('/health/ready', timeoutMs);
    const { dependencies } = (await answer.json()) as { dependencies: { ordersStream: StreamHealth } };
    return dependencies.ordersStream;
  }
}

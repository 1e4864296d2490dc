import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '#libs/dynamodb-streams';
import { postOnce } from '../../api-call.ts';
import type { Answers, Asked } from './answers.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const USUAL_PATIENCE_MS = 5_000;
const SOCKETS = 256;
/** As a load balancer would, clients avoid an api that takes no connection for this long, unless no other does. */
const AVOIDED_MS = 500;

export interface Call {
  readonly asked: Asked;
  readonly path: string;
  readonly token: string;
  readonly idempotencyKey: string;
  readonly body: object | undefined;
}

/** A 202, or 200 for what is carried out already. */
export interface Acceptance {
  readonly body: Readonly<Record<string, unknown>>;
  /** As `12.3 s 503`. */
  readonly attempts: readonly string[];
}

export interface PersistentCallerOptions {
  readonly apiUrls: readonly string[];
  readonly answers: Answers;
  readonly random: SeededRandom;
  /** Milliseconds since the run began. */
  readonly clock: () => number;
}

/** Asks the apis in turn until one accepts, with the same Idempotency-Key each time, as a client should. */
export class PersistentCaller {
  /** How long each attempt waits. Less than the api takes makes a storm of repetitions. */
  patienceMs = USUAL_PATIENCE_MS;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  private readonly options: PersistentCallerOptions;
  private turn = 0;
  /** Until when an api is avoided, on the run's clock. */
  private readonly avoided = new Map<string, number>();

  constructor(options: PersistentCallerOptions) {
    this.options = options;
  }

  /** Undefined when it gave up: at the signal, or because the answer says that repeating is of no use. */
  async call(call: Call, signal: AbortSignal): Promise<Acceptance | undefined> {
    const attempts: string[] = [];
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      const beganMs = this.options.clock();
      const apiUrl = this.nextApi(beganMs);
      const answer = await this.attempt(apiUrl, call);
      if (answer.status === 'none' && answer.reason === 'ECONNREFUSED') this.avoided.set(apiUrl, beganMs + AVOIDED_MS);
      this.options.answers.note(answer, beganMs, call.asked);
      const came = answer.status === 'none' ? answer.reason : answer.status;
      attempts.push(`${(beganMs / 1_000).toFixed(2)} s ${came}`);
      if (answer.status === 202 || answer.status === 200) return { body: answer.body, attempts };
      const passes = answer.status === 'none' || answer.status === 503 || answer.status === 429;
      if (!passes || signal.aborted) return undefined;
      const pause = this.options.random.between(pauseMs / 2, pauseMs);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  resetPatience(): void {
    this.patienceMs = USUAL_PATIENCE_MS;
  }

  close(): void {
    this.agent.destroy();
  }

  private nextApi(nowMs: number): string {
    const { apiUrls } = this.options;
    const open = apiUrls.filter((url) => (this.avoided.get(url) ?? 0) <= nowMs);
    const asked = open.length > 0 ? open : apiUrls;
    this.turn += 1;
    return asked[this.turn % asked.length]!;
  }

  private attempt(apiUrl: string, { path, ...call }: Call) {
    return postOnce({ ...call, agent: this.agent, url: new URL(path, apiUrl), patienceMs: this.patienceMs });
  }
}

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '#libs/dynamodb-streams';
import { postOnce } from '../../api-call.ts';
import type { Answers, RequestKind } from './answers.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const USUAL_PATIENCE_MS = 5_000;
const SOCKETS = 256;
/** Like a load balancer, clients avoid an api that refused a connection for this long, unless all did. */
const AVOIDED_MS = 500;

export interface Call {
  readonly kind: RequestKind;
  readonly path: string;
  readonly token: string;
  readonly idempotencyKey: string;
  readonly body: object | undefined;
}

/** An answer with 202, or with 200 when the change was carried out already. */
interface Acceptance {
  readonly body: Readonly<Record<string, unknown>>;
  /** Lines such as `12.3 s 503`. */
  readonly attempts: readonly string[];
}

interface PersistentCallerOptions {
  readonly apiUrls: readonly string[];
  readonly answers: Answers;
  readonly random: SeededRandom;
  /** Milliseconds since the start of the run. */
  readonly clock: () => number;
}

/** Sends a request to the apis in turn until one accepts it, each time with the same Idempotency-Key, as a client should. */
export class PersistentCaller {
  /** The time-out of each attempt. A time-out shorter than the api's answer causes a storm of repetitions. */
  patienceMs = USUAL_PATIENCE_MS;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  private readonly options: PersistentCallerOptions;
  private turn = 0;
  /** The end of the time for which an api is avoided, on the run's clock. */
  private readonly avoided = new Map<string, number>();

  constructor(options: PersistentCallerOptions) {
    this.options = options;
  }

  /** Resolves to undefined when it gave up: at the signal, or because a repetition would have the same answer. */
  async call(call: Call, signal: AbortSignal): Promise<Acceptance | undefined> {
    const attempts: string[] = [];
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      const startedMs = this.options.clock();
      const apiUrl = this.nextApi(startedMs);
      const answer = await this.attempt(apiUrl, call);
      if (answer.status === 'none' && answer.reason === 'ECONNREFUSED')
        this.avoided.set(apiUrl, startedMs + AVOIDED_MS);
      this.options.answers.note(answer, startedMs, call.kind);
      const came = answer.status === 'none' ? answer.reason : answer.status;
      attempts.push(`${(startedMs / 1_000).toFixed(2)} s ${came}`);
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
    const candidates = open.length > 0 ? open : apiUrls;
    this.turn += 1;
    return candidates[this.turn % candidates.length]!;
  }

  private attempt(apiUrl: string, { path, ...call }: Call) {
    return postOnce({ ...call, agent: this.agent, url: new URL(path, apiUrl), patienceMs: this.patienceMs });
  }
}

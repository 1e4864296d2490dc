import type { ApiAnswer } from '../../api-call.ts';

/** In which an answer is promised, in milliseconds. */
export const ANSWER_WITHIN_MS = 2_000;

/** What the api promises of its answers to orders for a while: these statuses, in time. */
export interface AnswerPromise {
  readonly statuses: readonly number[];
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface BrokenPromise {
  readonly atMs: number;
  readonly detail: string;
}

/** A change of an order needs the order, so without the table it may be put off; a new order needs nothing. */
export type Asked = 'order' | 'change';

/** Counts every answer to a client. Times are in milliseconds since the run began. */
export class Answers {
  readonly counts = new Map<string, number>();
  readonly broken: BrokenPromise[] = [];
  /** Statuses that are neither 202 nor say to come again. */
  readonly unexpected: string[] = [];
  /** The slowest answer in all and the slowest while something was promised. */
  worstMs = 0;
  worstPromisedMs = 0;
  promised = 0;
  late = 0;
  private readonly promises: readonly AnswerPromise[];

  constructor(promises: readonly AnswerPromise[]) {
    this.promises = promises;
  }

  count(status: number | string): number {
    return this.counts.get(String(status)) ?? 0;
  }

  note(answer: ApiAnswer, beganMs: number, asked: Asked): void {
    const { status, tookMs } = answer;
    const name = String(status);
    this.counts.set(name, this.count(name) + 1);
    if (status === 'none') {
      if (answer.reason.startsWith('gave up')) this.keep(answer, beganMs, asked);
      return;
    }
    this.worstMs = Math.max(this.worstMs, tookMs);
    if (tookMs > ANSWER_WITHIN_MS) this.late += 1;
    this.keep(answer, beganMs, asked);
    if (![200, 202, 429, 503].includes(status)) this.unexpected.push(`${status} ${JSON.stringify(answer.body)}`);
  }

  /** An answer counts for a promise if its whole time does. */
  private keep({ status, tookMs }: ApiAnswer, beganMs: number, asked: Asked): void {
    const endedMs = beganMs + tookMs;
    const promise = this.promises.find(({ fromMs, untilMs }) => beganMs >= fromMs && endedMs <= untilMs);
    if (!promise) return;
    this.promised += 1;
    this.worstPromisedMs = Math.max(this.worstPromisedMs, tookMs);
    const atMs = Math.round(beganMs);
    if (tookMs > ANSWER_WITHIN_MS)
      this.broken.push({
        atMs,
        detail: `${status} after ${Math.round(tookMs)} ms, promised within ${ANSWER_WITHIN_MS}`,
      });
    else if (!(asked === 'change' ? [...promise.statuses, 200, 503] : promise.statuses).includes(Number(status)))
      this.broken.push({ atMs, detail: `answered ${status}, promised ${promise.statuses.join(' or ')}` });
  }
}

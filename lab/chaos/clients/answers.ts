import type { ApiAnswer } from '../../api-call.ts';

/** The time within which an answer is promised, in milliseconds. */
const ANSWER_WITHIN_MS = 2_000;

/** Within this time span, the api promises answers to orders with one of these statuses, in time. */
export interface AnswerPromise {
  readonly statuses: readonly number[];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A change needs its order, so without the table the api may answer 503. A new order needs nothing. */
export type RequestKind = 'order' | 'change';

/** Counts every answer to a client. Times are in milliseconds since the run began. */
export class Answers {
  readonly counts = new Map<string, number>();
  readonly broken: { readonly atMs: number; readonly detail: string }[] = [];
  /** Statuses that neither accept nor demand a repetition. */
  readonly unexpected: string[] = [];
  /** The slowest answer of all, and the slowest one during a promise. */
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

  note(answer: ApiAnswer, startedMs: number, kind: RequestKind): void {
    const { status, tookMs } = answer;
    const name = String(status);
    this.counts.set(name, this.count(name) + 1);
    if (status === 'none') {
      if (answer.reason.startsWith('gave up')) this.keep(answer, startedMs, kind);
      return;
    }
    this.worstMs = Math.max(this.worstMs, tookMs);
    if (tookMs > ANSWER_WITHIN_MS) this.late += 1;
    this.keep(answer, startedMs, kind);
    if (![200, 202, 429, 503].includes(status)) this.unexpected.push(`${status} ${JSON.stringify(answer.body)}`);
  }

  /** A promise applies to an answer if it lasts for the whole request. */
  private keep({ status, tookMs }: ApiAnswer, startedMs: number, kind: RequestKind): void {
    const endedMs = startedMs + tookMs;
    const promise = this.promises.find(({ fromMs, untilMs }) => startedMs >= fromMs && endedMs <= untilMs);
    if (!promise) return;
    this.promised += 1;
    this.worstPromisedMs = Math.max(this.worstPromisedMs, tookMs);
    const atMs = Math.round(startedMs);
    if (tookMs > ANSWER_WITHIN_MS)
      this.broken.push({
        atMs,
        detail: `${status} after ${Math.round(tookMs)} ms, promised within ${ANSWER_WITHIN_MS}`,
      });
    else if (!(kind === 'change' ? [...promise.statuses, 200, 503] : promise.statuses).includes(Number(status)))
      this.broken.push({ atMs, detail: `answered ${status}, promised ${promise.statuses.join(' or ')}` });
  }
}

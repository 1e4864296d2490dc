import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { OpenApiCheck } from '../../../test/harness/openapi-check.ts';
import { type Outcome, RawConnection } from '../../raw-connection.ts';
import type { Violate } from '../fuzz-result.ts';
import type { OpenApi } from '../values/openapi-values.ts';
import { AnswerOracle, mayPass } from './answer-oracle.ts';
import { bytesOf, curlLine, type FuzzRequest, resolved } from './fuzz-request.ts';
import { KnownNames } from './known-names.ts';
import { requests } from './requests.ts';

/** Concurrent connections, each with requests of a seed of its own. */
const CONNECTIONS = 48;
/** Longer than the longest wait of `Prefer`. */
const PATIENCE_MS = 25_000;
const RETRY_AFTER_MS = 2_000;
/** The distance between the seeds of two runs, which is larger than the number of seeds that a run uses. */
const SEEDS_APART = 100_003;
const MAX_LATE = 20;
/** The run ends after this many violations, because fast-check needs further requests to shrink each. */
const MAX_VIOLATIONS = 60;

export type HttpFigures = Awaited<ReturnType<HttpFuzz['run']>>;

/** Sends requests and checks each answer against the document. Violations are shrunk. */
export class HttpFuzz {
  private readonly pipeline: LocalPipeline;
  private readonly violate: Violate;
  private readonly onAnswer: (sent: number) => void;
  private readonly byStatus = new Map<string, number>();
  /** The number of first answers with 408 or 503, by status. */
  private readonly repeated: Record<string, number> = {};
  /** The first requests that were answered 408. */
  private readonly late: string[] = [];
  private sent = 0;
  private violations = 0;
  private worstMs = 0;

  constructor(pipeline: LocalPipeline, violate: Violate, onAnswer: (sent: number) => void) {
    this.pipeline = pipeline;
    this.violate = violate;
    this.onAnswer = onAnswer;
  }

  async run(count: number, seed: number) {
    const names = await KnownNames.of(this.pipeline);
    const document = (await (await fetch(`${this.pipeline.apiUrl}/openapi.json`)).json()) as OpenApi;
    const oracle = new AnswerOracle(OpenApiCheck.of(document));
    const arbitrary = requests(document);
    const startedMs = performance.now();
    const shares = Array.from({ length: CONNECTIONS }, (_, n) => {
      const share = { seed: seed * SEEDS_APART + n, count: Math.ceil((count - n) / CONNECTIONS) };
      return this.fuzz(share, arbitrary, names, oracle);
    });
    await Promise.all(shares);
    const { sent: requested, repeated, late, worstMs } = this;
    const seconds = (performance.now() - startedMs) / 1_000;
    const byStatus = Object.fromEntries([...this.byStatus].toSorted(([a], [b]) => a.localeCompare(b)));
    return { requests: requested, seconds, byStatus, repeated, late, worstMs };
  }

  /** Sends the share of one connection. */
  private async fuzz(
    { seed, count }: { seed: number; count: number },
    arbitrary: fc.Arbitrary<FuzzRequest>,
    names: KnownNames,
    oracle: AnswerOracle,
  ): Promise<void> {
    const connection = new RawConnection(this.pipeline.ports.API_PORT, PATIENCE_MS);
    let last: { request: FuzzRequest; errors: string[] } | undefined;
    const property = fc.asyncProperty(arbitrary, async (template) => {
      const request = resolved(template, names.lookup);
      const { outcome, errors } = await this.ask(connection, request, oracle);
      this.count(outcome);
      if (errors.length === 0 && 'answer' in outcome) names.learn(outcome.answer);
      if (errors.length > 0) last = { request: { ...template, target: request.target }, errors };
      return errors.length === 0;
    });
    for (let done = 0, round = 0; done < count && this.violations < MAX_VIOLATIONS; round += 1) {
      const details = await fc.check(property, { seed: seed + round * CONNECTIONS, numRuns: count - done });
      done += details.numRuns;
      if (!details.failed) break;
      if (last) this.note(last.request, last.errors);
      else throw details.errorInstance;
      last = undefined;
    }
    connection.close();
  }

  /** Sends a request, and repeats it after 408 or 503, which a busy machine may cause. */
  private async ask(
    connection: RawConnection,
    request: FuzzRequest,
    oracle: AnswerOracle,
  ): Promise<{ outcome: Outcome; errors: string[] }> {
    const bytes = bytesOf(request);
    const first = await connection.ask(bytes, request.method === 'HEAD');
    if (!mayPass(first)) return { outcome: first, errors: oracle.errorsOf(request, first) };
    const { status } = first.answer;
    this.repeated[status] = (this.repeated[status] ?? 0) + 1;
    if (status === 408 && this.late.length < MAX_LATE)
      this.late.push(`${request.method} ${request.target.slice(0, 200)}, ${bytes.length} bytes`);
    await sleep(RETRY_AFTER_MS);
    const outcome = await connection.ask(bytes, request.method === 'HEAD');
    return { outcome, errors: [...oracle.formErrorsOf(request, first.answer), ...oracle.errorsOf(request, outcome)] };
  }

  private note(request: FuzzRequest, errors: string[]): void {
    const name = `${request.method} ${request.target.slice(0, 200)}`;
    this.violations += 1;
    this.violate(`${name}: ${errors.join('; ')}`, curlLine(request, this.pipeline.apiUrl));
  }

  private count(outcome: Outcome): void {
    this.sent += 1;
    const status = 'answer' in outcome ? String(outcome.answer.status) : 'none';
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
    if ('answer' in outcome) this.worstMs = Math.max(this.worstMs, outcome.tookMs);
    this.onAnswer(this.sent);
  }
}

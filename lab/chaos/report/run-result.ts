import { eventConsumerNames } from '#libs/resources';
import { machineText } from '../../run-tool.ts';
import type { ChaosOptions } from '../chaos-options.ts';
import type { Answers } from '../clients/answers.ts';
import type { Evidence } from '../ledger/evidence.ts';
import { type LedgerFault, type Verdict, verdictText } from '../ledger/ledger.ts';
import { scenarios } from '../scenarios/scenarios.ts';
import type { Happened } from '../scenarios/schedule-player.ts';
import type { Second } from './timeline.ts';

const MOST_ANSWERS_SHOWN = 20;
const MOST_FAULTS_SHOWN = 50;

/** What a run came to, as it is written to `results/<scenario>.json`. */
export type RunResult = ReturnType<typeof resultOf>;

interface Played {
  readonly answers: Answers;
  readonly verdict: Verdict;
  readonly startedAt: string;
  readonly acceptedChanges: number;
  readonly poison: { readonly sent: number; readonly parked: number };
  /** How often each `service action kind` hit a call. */
  readonly hits: Readonly<Record<string, number>>;
  readonly happened: readonly Happened[];
  /** From the end of the load and the faults until nothing moved any more. */
  readonly recoverySeconds: number;
  readonly seconds: readonly Second[];
}

export function resultOf(options: ChaosOptions, { answers, verdict, ...rest }: Played) {
  const { scenario, minutes, rate, seed } = options;
  return {
    scenario,
    description: scenarios[scenario].description,
    command: `npm run chaos -- --scenario ${scenario} --minutes ${minutes} --rate ${rate} --seed ${seed}`,
    seed,
    machine: machineText(),
    minutes,
    rate,
    /** The last line that is printed. */
    verdict: verdictText(verdict),
    /** Nothing lost, doubled or out of order, and every promise of an answer kept. */
    good: verdict.faults.length + answers.broken.length + answers.unexpected.length === 0,
    ...verdict,
    /** Answers to clients by status; `none` where there was none. */
    answers: Object.fromEntries(answers.counts) as Record<string, number>,
    worstAnswerMs: answers.worstMs,
    lateAnswers: answers.late,
    /** Of the answers during an outage. */
    promised: { answers: answers.promised, worstMs: answers.worstPromisedMs, broken: answers.broken },
    unexpectedAnswers: answers.unexpected,
    ...rest,
  };
}

/** What is printed at the end, before the faults and the verdict. */
export function summaryLines(result: RunResult): string[] {
  const { answers, promised, unexpectedAnswers, happened, hits, poison } = result;
  const acts = Object.entries(Object.groupBy(happened, ({ act }) => act)).map(([act, all]) => `${act} ${all?.length}`);
  const statuses = Object.entries(answers).map(([status, count]) => `${status}: ${count}`);
  const hit = Object.values(hits).reduce((sum, count) => sum + count, 0);
  const lines = [
    `what happened: ${acts.join(', ')}; ${hit} calls to AWS hit`,
    `answers: ${statuses.join(', ')}; worst ${Math.round(result.worstAnswerMs)} ms, ${result.lateAnswers} over 2 s`,
    `changes accepted ${result.acceptedChanges}, events ${result.events}, delivered again ${result.repeatedDeliveries}`,
    `at rest ${result.recoverySeconds.toFixed(1)} s after the last order and the last fault`,
  ];
  if (poison.sent > 0) lines.push(`malformed messages: ${poison.sent} sent, ${poison.parked} in orders-dlq`);
  if (promised.answers > 0) {
    const { worstMs, broken } = promised;
    lines.push(
      `outage: ${promised.answers} answers, worst ${Math.round(worstMs)} ms, ${broken.length} not as promised`,
    );
    const shown = broken.slice(0, MOST_ANSWERS_SHOWN);
    lines.push(...shown.map(({ atMs, detail }) => `  at ${(atMs / 1_000).toFixed(1)} s: ${detail}`));
  }
  lines.push(...unexpectedAnswers.slice(0, MOST_ANSWERS_SHOWN).map((answer) => `unexpected answer: ${answer}`));
  return lines;
}

/** Each fault with the history of its order, as clients, table and services saw it. */
export function faultLines(faults: readonly LedgerFault[], evidence: Evidence): string[] {
  const lines = faults
    .slice(0, MOST_FAULTS_SHOWN)
    .flatMap(({ kind, subject, detail }) => [
      `${kind}: ${subject}: ${detail}`,
      ...historyOf(subject, evidence).map((line) => `    ${line}`),
    ]);
  if (faults.length > MOST_FAULTS_SHOWN) lines.push(`and ${faults.length - MOST_FAULTS_SHOWN} more`);
  return lines;
}

function historyOf(orderId: string, { accepted, stored, changes, received }: Evidence): string[] {
  const isOfOrder = (part: { readonly orderId: string }): boolean => part.orderId === orderId;
  const attempts = accepted.filter(isOfOrder).flatMap((order) => order.attempts);
  return [
    ...attempts.map((attempt) => `client: ${attempt}`),
    ...changes.filter(isOfOrder).map(({ event, commandId }) => `asked for: ${event}, command ${commandId}`),
    ...stored
      .filter(isOfOrder)
      .flatMap(({ history }) => history.map(({ version, event, at }) => `table: ${version} ${event} at ${at}`)),
    ...eventConsumerNames.flatMap((service) => {
      const delivered = received[service].get(orderId)?.delivered;
      return delivered ? [`${service}: delivered ${delivered.join(', ')}`] : [];
    }),
  ];
}

import { eventConsumerNames } from '#libs/resources';
import { machineText } from '../../run-tool.ts';
import type { ChaosOptions } from '../chaos-options.ts';
import type { Answers } from '../clients/answers.ts';
import type { Evidence } from '../ledger/evidence.ts';
import { type Violation, type Verdict, verdictText } from '../ledger/ledger.ts';
import { scenarios } from '../scenarios/scenarios.ts';
import type { Happened } from '../scenarios/schedule-player.ts';
import type { Second } from './timeline.ts';

const MAX_ANSWERS_SHOWN = 20;
const MAX_VIOLATIONS_SHOWN = 50;

/** The result of a run, as written to `results/<scenario>.json`. */
export type RunResult = ReturnType<typeof resultOf>;

interface Played {
  readonly answers: Answers;
  readonly verdict: Verdict;
  /** The output of `npm run reconcile`. */
  readonly reconciliation: { readonly good: boolean; readonly lines: readonly string[] };
  readonly startedAt: string;
  readonly acceptedChanges: number;
  readonly poison: { readonly sent: number; readonly deadLettered: number };
  /** The number of calls that were hit, by `service action kind`. */
  readonly hits: Readonly<Record<string, number>>;
  readonly happened: readonly Happened[];
  /** The time from the end of the load and the faults until nothing moved any more. */
  readonly recoverySeconds: number;
  readonly seconds: readonly Second[];
}

export function resultOf(options: ChaosOptions, { answers, verdict, reconciliation, ...rest }: Played) {
  const { scenario, minutes, rate, seed } = options;
  return {
    scenario,
    description: scenarios[scenario].description,
    command: `npm run chaos -- --scenario ${scenario} --minutes ${minutes} --rate ${rate} --seed ${seed}`,
    seed,
    machine: machineText(),
    minutes,
    rate,
    /** The last printed line. */
    verdict: verdictText(verdict),
    /** Whether nothing was lost, doubled or out of order, every answer was as promised, and all amounts add up. */
    good: verdict.violations.length + answers.broken.length + answers.unexpected.length === 0 && reconciliation.good,
    ...verdict,
    reconciliation,
    /** The number of answers by status, with `none` for a request without an answer. */
    answers: Object.fromEntries(answers.counts) as Record<string, number>,
    worstAnswerMs: answers.worstMs,
    lateAnswers: answers.late,
    /** The answers during an outage. */
    promised: { answers: answers.promised, worstMs: answers.worstPromisedMs, broken: answers.broken },
    unexpectedAnswers: answers.unexpected,
    ...rest,
  };
}

/** The lines that are printed before the violations and the verdict. */
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
  if (poison.sent > 0) lines.push(`malformed messages: ${poison.sent} sent, ${poison.deadLettered} in orders-dlq`);
  if (promised.answers > 0) {
    const { worstMs, broken } = promised;
    lines.push(
      `outage: ${promised.answers} answers, worst ${Math.round(worstMs)} ms, ${broken.length} not as promised`,
    );
    const shown = broken.slice(0, MAX_ANSWERS_SHOWN);
    lines.push(...shown.map(({ atMs, detail }) => `  at ${(atMs / 1_000).toFixed(1)} s: ${detail}`));
  }
  lines.push(...result.reconciliation.lines.slice(0, MAX_VIOLATIONS_SHOWN));
  lines.push(...unexpectedAnswers.slice(0, MAX_ANSWERS_SHOWN).map((answer) => `unexpected answer: ${answer}`));
  return lines;
}

/** Each violation with the history of its order at clients, table and services. */
export function violationLines(violations: readonly Violation[], evidence: Evidence): string[] {
  const lines = violations
    .slice(0, MAX_VIOLATIONS_SHOWN)
    .flatMap(({ kind, subject, detail }) => [
      `${kind}: ${subject}: ${detail}`,
      ...historyOf(subject, evidence).map((line) => `    ${line}`),
    ]);
  if (violations.length > MAX_VIOLATIONS_SHOWN) lines.push(`and ${violations.length - MAX_VIOLATIONS_SHOWN} more`);
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

import type { RunResult } from './run-result.ts';

const MOST_SHOWN = 20;

/** What is printed at the end but for the faults and the last line. */
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
    const shown = broken.slice(0, MOST_SHOWN);
    lines.push(...shown.map(({ atMs, detail }) => `  at ${(atMs / 1_000).toFixed(1)} s: ${detail}`));
  }
  lines.push(...unexpectedAnswers.slice(0, MOST_SHOWN).map((answer) => `unexpected answer: ${answer}`));
  return lines;
}

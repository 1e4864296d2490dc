import type { Second } from './pipeline.ts';
import { perService, serviceNames } from './platform.ts';
import { longestWaitSeconds, type Run } from './simulation.ts';

/** The results of a run. */
export function figuresOf(run: Run) {
  const { seconds } = run;
  const demanded = total(seconds, ({ demand }) => demand);
  const refused = total(seconds, (second) => second.refused);
  return {
    refused,
    /** Share of the requested orders, from 0 to 1. */
    refusedShare: demanded === 0 ? 0 : refused / demanded,
    longestDecisionSeconds: longestWaitSeconds(run),
    longestPublicationSeconds: worst(seconds, ({ oldestUnpublishedSeconds }) => oldestUnpublishedSeconds),
    backlogGoneSeconds: backlogGone(seconds),
    tasksMax: perService((name) => worst(seconds, ({ running }) => running[name])),
  };
}

/** The figures as text, with their labels. */
export function figureRows(figures: ReturnType<typeof figuresOf>): [string, string][] {
  const { refusedShare, longestDecisionSeconds, longestPublicationSeconds, tasksMax } = figures;
  return [
    ['refused, in spite of retries', refusedShare === 0 ? 'none' : `${(refusedShare * 100).toFixed(1)} %`],
    ['longest wait for a decision', duration(longestDecisionSeconds)],
    ['until published', duration(longestPublicationSeconds)],
    ['backlog gone after the peak began', duration(figures.backlogGoneSeconds)],
    ['tasks at most (api, worker, relay)', serviceNames.map((name) => tasksMax[name]).join(', ')],
  ];
}

export function backlog({ visible, inFlight }: Second): number {
  return visible + inFlight;
}

export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return 'never';
  if (seconds === 0) return 'at once';
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Seconds from the first one at the highest demand until the backlog stays below one second's orders; undefined if never. */
function backlogGone(seconds: readonly Second[]): number | undefined {
  const highest = worst(seconds, ({ demand }) => demand);
  const peak = seconds.findIndex(({ demand }) => demand === highest);
  const last = seconds.findLastIndex((second) => backlog(second) > second.demand);
  return last === seconds.length - 1 ? undefined : Math.max(0, last + 1 - peak);
}

function worst(seconds: readonly Second[], of: (second: Second) => number): number {
  return seconds.reduce((most, second) => Math.max(most, of(second)), 0);
}

function total(seconds: readonly Second[], of: (second: Second) => number): number {
  return seconds.reduce((sum, second) => sum + of(second), 0);
}

import { type ServiceName, serviceNames } from './scaled-service.ts';
import type { Second } from './history.ts';
import type { Run } from './simulation.ts';

/** What a run comes to. */
export interface Figures {
  readonly demanded: number;
  readonly accepted: number;
  readonly refused: number;
  readonly worstBacklog: number;
  readonly worstDecisionSeconds: number;
  readonly worstUntoldSeconds: number;
  /** From the first second at the highest demand until less than a second's orders wait for good; none if never. */
  readonly backlogGoneSeconds: number | undefined;
  readonly tasksMax: Readonly<Record<ServiceName, number>>;
  readonly dollars: number;
}

export function figuresOf(run: Run): Figures {
  const { seconds } = run;
  return {
    demanded: total(seconds, ({ demand }) => demand),
    accepted: total(seconds, ({ accepted }) => accepted),
    refused: total(seconds, ({ refused }) => refused),
    worstBacklog: worst(seconds, backlog),
    worstDecisionSeconds: run.worstDecisionSeconds,
    worstUntoldSeconds: worst(seconds, ({ oldestUntoldSeconds }) => oldestUntoldSeconds),
    backlogGoneSeconds: backlogGone(seconds),
    tasksMax: Object.fromEntries(
      serviceNames.map((name) => [name, worst(seconds, ({ running }) => running[name])]),
    ) as Record<ServiceName, number>,
    dollars: total(seconds, ({ dollars }) => dollars),
  };
}

export function backlog({ visible, inFlight }: Second): number {
  return visible + inFlight;
}

function backlogGone(seconds: readonly Second[]): number | undefined {
  const highest = worst(seconds, ({ demand }) => demand);
  const peak = seconds.findIndex(({ demand }) => demand === highest);
  const last = seconds.findLastIndex((second) => backlog(second) > second.demand);
  if (last === seconds.length - 1) return undefined;
  return Math.max(0, last + 1 - peak);
}

function worst(seconds: readonly Second[], of: (second: Second) => number): number {
  return seconds.reduce((most, second) => Math.max(most, of(second)), 0);
}

function total(seconds: readonly Second[], of: (second: Second) => number): number {
  return seconds.reduce((sum, second) => sum + of(second), 0);
}

import { median, percentile, ratio, rounded } from '../statistics.ts';
import { type IntakeName, type IntakeRound, intakes } from './intake.ts';
import type { TaskRate } from './task-rate.ts';

/** The figures of one variant of a station: the medians of its rounds. */
export type VariantFigures = ReturnType<typeof variantFigures>;
export type IntakeFigures = ReturnType<typeof intakeVariantFigures>;

export type Pair<Figures = VariantFigures> = { ours: Figures; peer: Figures; vsPeer: number };

const labels = {
  ours: 'ours',
  limit: 'limit: enqueued in memory',
  peer: 'peer',
  peerWithoutTokens: 'peer, tokens not checked',
} as const satisfies Record<IntakeName, string>;

/** The variants of a station, with their labels in tables and charts. */
export function variantsOf(
  station: Partial<Record<IntakeName, VariantFigures>>,
): { name: IntakeName; label: string; figures: VariantFigures }[] {
  return intakes.flatMap((name) => {
    const { [name]: figures } = station;
    return figures ? [{ name, label: labels[name], figures }] : [];
  });
}

function variantFigures(rates: readonly TaskRate[]) {
  const of = (digits: number, value: (rate: TaskRate) => number) => rounded(median(rates.map(value)), digits);
  const actions = [...new Set(rates.flatMap(({ callsPerOrder }) => Object.keys(callsPerOrder)))];
  const callsPerOrder = actions.map((action) => [action, of(4, (rate) => rate.callsPerOrder[action] ?? 0)]);
  return {
    cpuMsPerOrder: of(4, (rate) => rate.cpuMsPerOrder),
    /** The rate of a core that only the variant uses. */
    ordersPerSecondPerCore: Math.round(1_000 / median(rates.map((rate) => rate.cpuMsPerOrder))),
    /** The measured rate, with the load, the stub and the variant on the same cores. */
    ordersPerSecond: of(0, (rate) => rate.ordersPerSecond),
    peakRssMb: of(0, (rate) => rate.peakRssMb),
    awsCallsPerOrder: of(4, (rate) => sum(Object.values(rate.callsPerOrder))),
    callsPerOrder: Object.fromEntries(callsPerOrder) as Record<string, number>,
    awsDollarsPerMillionOrders: of(2, (rate) => rate.dollarsPerMillion),
  };
}

/** `vsPeer` is the ratio of the peer's CPU time of an order to ours, round by round. */
export function pairFigures(rounds: Record<'ours' | 'peer', readonly TaskRate[]>): Pair {
  const cpu = (rates: readonly TaskRate[]) => rates.map(({ cpuMsPerOrder }) => cpuMsPerOrder);
  return {
    ours: variantFigures(rounds.ours),
    peer: variantFigures(rounds.peer),
    vsPeer: rounded(ratio(cpu(rounds.peer), cpu(rounds.ours)), 2),
  };
}

function intakeVariantFigures(rounds: readonly IntakeRound[]) {
  return {
    ...variantFigures(rounds.map(({ rate }) => rate)),
    atSaturation: latency(rounds.flatMap(({ saturatedMs }) => saturatedMs)),
    atLowLoad: latency(rounds.flatMap(({ lowLoadMs }) => lowLoadMs)),
    unavailable: sum(rounds.map(({ unavailable }) => unavailable)),
  };
}

export type IntakeRounds = Record<IntakeName, readonly IntakeRound[]>;

/** `vsLimit` is the share of the limit's speed that is reached: the ratio of the limit's CPU time of an order to ours. */
export function intakeFigures(rounds: IntakeRounds) {
  const vs = (name: IntakeName) => {
    const cpu = (name: IntakeName) => rounds[name].map(({ rate }) => rate.cpuMsPerOrder);
    return rounded(ratio(cpu(name), cpu('ours')), 2);
  };
  const [ours, peer] = [intakeVariantFigures(rounds.ours), intakeVariantFigures(rounds.peer)];
  return {
    ours,
    limit: intakeVariantFigures(rounds.limit),
    peer,
    peerWithoutTokens: intakeVariantFigures(rounds.peerWithoutTokens),
    vsPeer: vs('peer'),
    vsPeerWithoutTokens: vs('peerWithoutTokens'),
    vsLimit: vs('limit'),
    lowLoadP99OverPeerMs: rounded(ours.atLowLoad.p99Ms - peer.atLowLoad.p99Ms, 1),
  };
}

/** The latencies of all rounds together. */
export function latency(tookMs: readonly number[]) {
  return { p50Ms: rounded(percentile(tookMs, 50), 1), p99Ms: rounded(percentile(tookMs, 99), 1) };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

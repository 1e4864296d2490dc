import { median, percentile, ratio, rounded } from '../statistics.ts';
import type { IntakeName, IntakeRound } from './intake.ts';
import type { TaskRate } from './task-rate.ts';

/** What one variant of a station came to: medians of its rounds. */
export interface VariantFigures {
  cpuMsPerOrder: number;
  /** What one core would do, were it all the variant's: 1000 / cpuMsPerOrder. */
  ordersPerSecondPerCore: number;
  /** As seen, with the load, the stub and the variant on the same cores. */
  ordersPerSecond: number;
  peakRssMb: number;
  awsCallsPerOrder: number;
  callsPerOrder: Record<string, number>;
  awsDollarsPerMillionOrders: number;
}

export interface Latency {
  p50Ms: number;
  p99Ms: number;
}

export interface IntakeFigures extends VariantFigures {
  atSaturation: Latency;
  atLowLoad: Latency;
  unavailable: number;
}

export type Pair<Figures = VariantFigures> = { ours: Figures; peer: Figures; vsPeer: number };

export function variantFigures(rates: readonly TaskRate[]): VariantFigures {
  const of = (value: (rate: TaskRate) => number) => median(rates.map(value));
  const actions = [...new Set(rates.flatMap(({ callsPerOrder }) => Object.keys(callsPerOrder)))];
  const callsPerOrder = actions.map((action) => [
    action,
    rounded(
      of((rate) => rate.callsPerOrder[action] ?? 0),
      4,
    ),
  ]);
  const cpuMsPerOrder = of((rate) => rate.cpuMsPerOrder);
  return {
    cpuMsPerOrder: rounded(cpuMsPerOrder, 4),
    ordersPerSecondPerCore: Math.round(1_000 / cpuMsPerOrder),
    ordersPerSecond: Math.round(of((rate) => rate.ordersPerSecond)),
    peakRssMb: Math.round(of((rate) => rate.peakRssMb)),
    awsCallsPerOrder: rounded(
      of(({ callsPerOrder: calls }) => sum(Object.values(calls))),
      4,
    ),
    callsPerOrder: Object.fromEntries(callsPerOrder) as Record<string, number>,
    awsDollarsPerMillionOrders: rounded(
      of((rate) => rate.dollarsPerMillion),
      2,
    ),
  };
}

/** `vsPeer` is in CPU-milliseconds an order: how often ours goes into the peer's, round by round. */
export function pairFigures(rounds: Record<'ours' | 'peer', readonly TaskRate[]>): Pair {
  const cpu = (rates: readonly TaskRate[]) => rates.map(({ cpuMsPerOrder }) => cpuMsPerOrder);
  return {
    ours: variantFigures(rounds.ours),
    peer: variantFigures(rounds.peer),
    vsPeer: rounded(ratio(cpu(rounds.peer), cpu(rounds.ours)), 2),
  };
}

export type IntakeRounds = Record<IntakeName, readonly IntakeRound[]>;

/** `vsLimit` is how much of the limit's speed is left: the limit's CPU-milliseconds an order in ours. */
export function intakeFigures(rounds: IntakeRounds) {
  const cpu = (name: IntakeName) => rounds[name].map(({ rate }) => rate.cpuMsPerOrder);
  const of = (name: IntakeName): IntakeFigures => ({
    ...variantFigures(rounds[name].map(({ rate }) => rate)),
    atSaturation: latency(rounds[name].flatMap(({ saturatedMs }) => saturatedMs)),
    atLowLoad: latency(rounds[name].flatMap(({ lowLoadMs }) => lowLoadMs)),
    unavailable: sum(rounds[name].map(({ unavailable }) => unavailable)),
  });
  const [ours, limit, peer, peerWithoutTokens] = [of('ours'), of('limit'), of('peer'), of('peerWithoutTokens')];
  return {
    ours,
    limit,
    peer,
    peerWithoutTokens,
    vsPeer: rounded(ratio(cpu('peer'), cpu('ours')), 2),
    vsPeerWithoutTokens: rounded(ratio(cpu('peerWithoutTokens'), cpu('ours')), 2),
    vsLimit: rounded(ratio(cpu('limit'), cpu('ours')), 2),
    lowLoadP99OverPeerMs: rounded(ours.atLowLoad.p99Ms - peer.atLowLoad.p99Ms, 1),
  };
}

/** Of all rounds together. */
export function latency(tookMs: readonly number[]): Latency {
  return { p50Ms: rounded(percentile(tookMs, 50), 1), p99Ms: rounded(percentile(tookMs, 99), 1) };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

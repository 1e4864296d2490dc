import { drawnSeed, oneOf, readCommandLine, seed, wholeNumber } from '../command-line.ts';

export const targetNames = ['http', 'messages', 'events', 'connections'] as const;
export type TargetName = (typeof targetNames)[number];

/** Each takes a file descriptor here and one of the api's, and both processes inherit one limit. */
const MAX_CONNECTIONS = 15_000;

export interface FuzzOptions {
  readonly targets: readonly TargetName[];
  readonly requests: number;
  /** For every thirty messages, one item is written to the table too. */
  readonly messages: number;
  /** Bodies of events. */
  readonly events: number;
  /** Idle ones. */
  readonly connections: number;
  readonly seed: number;
}

const usage = `type for example
  npm run fuzz -- --requests 100000 --seed 1
--requests (default 100000), --messages (10000), --events (100000) and --connections (10000, at most ${MAX_CONNECTIONS})
say how many; --only ${targetNames.join('|')} leaves out the others; --seed N generates what N generated before.`;

const options = {
  requests: wholeNumber(1, 10_000_000),
  messages: wholeNumber(1, 1_000_000),
  events: wholeNumber(1, 100_000_000),
  connections: wholeNumber(1, MAX_CONNECTIONS),
  seed,
  only: oneOf(targetNames),
};

/** @throws UsageError that says what to type */
export function readOptions(args: readonly string[], random: () => number = Math.random): FuzzOptions {
  return readCommandLine(args, { usage, options }, ({ only, ...given }) => ({
    targets: only === undefined ? targetNames : [only],
    requests: given.requests ?? 100_000,
    messages: given.messages ?? 10_000,
    events: given.events ?? 100_000,
    connections: given.connections ?? 10_000,
    seed: given.seed ?? drawnSeed(random),
  }));
}

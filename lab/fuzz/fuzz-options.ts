import { drawnSeed, oneOf, readCommandLine, seed, wholeNumber } from '../command-line.ts';

const targetNames = ['http', 'messages', 'events', 'connections'] as const;
export type TargetName = (typeof targetNames)[number];

/** Each connection takes a file descriptor here and one of the api, and both processes have the same limit. */
const MAX_CONNECTIONS = 15_000;

const usage = `type for example
  npm run fuzz -- --requests 100000 --seed 1
--requests (default 100000), --messages (10000), --events (100000) and --connections (10000, at most ${MAX_CONNECTIONS})
set the numbers; --only ${targetNames.join('|')} leaves out the others; --seed N generates the same input again.`;

const options = {
  requests: wholeNumber(1, 10_000_000),
  messages: wholeNumber(1, 1_000_000),
  events: wholeNumber(1, 100_000_000),
  connections: wholeNumber(1, MAX_CONNECTIONS),
  seed,
  only: oneOf(targetNames),
};

/** For every thirty messages, one item is written to the table as well. */
export type FuzzOptions = ReturnType<typeof readOptions>;

/** @throws CommandLineError that says what to type */
export function readOptions(args: readonly string[], random: () => number = Math.random) {
  return readCommandLine(args, { usage, options }, ({ only, ...given }) => ({
    targets: only === undefined ? targetNames : [only],
    requests: given.requests ?? 100_000,
    messages: given.messages ?? 10_000,
    events: given.events ?? 100_000,
    connections: given.connections ?? 10_000,
    seed: given.seed ?? drawnSeed(random),
  }));
}

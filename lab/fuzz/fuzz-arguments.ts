import { parseArgs } from 'node:util';

export const targetNames = ['http', 'messages', 'events', 'connections'] as const;
export type TargetName = (typeof targetNames)[number];

const MAX_SEED = 2 ** 31 - 1;
/** Each takes a file descriptor of ours and one of the api's, and both inherit one limit. */
const MAX_CONNECTIONS = 15_000;

export interface FuzzArguments {
  readonly targets: readonly TargetName[];
  readonly requests: number;
  /** And one item written to the table for every thirty. */
  readonly messages: number;
  /** Bodies of events. */
  readonly events: number;
  /** Idle ones. */
  readonly connections: number;
  readonly seed: number;
}

export const usage = `type for example
  npm run fuzz -- --requests 100000 --seed 1
--requests (default 100000), --messages (10000), --events (100000) and --connections (10000, at most ${MAX_CONNECTIONS})
say how many; --only ${targetNames.join('|')} leaves out the others; --seed N generates what N generated before.`;

/** @throws Error that says what was expected of which argument */
export function readArguments(args: readonly string[], random: () => number = Math.random): FuzzArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string', default: '100000' },
      messages: { type: 'string', default: '10000' },
      events: { type: 'string', default: '100000' },
      connections: { type: 'string', default: '10000' },
      seed: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const { only, seed } = values;
  const chosen = targetNames.filter((name) => only === undefined || only === name);
  if (chosen.length === 0) throw new Error(`--only must be one of ${targetNames.join(', ')}, got ${only}`);
  return {
    targets: chosen,
    requests: wholeNumber('--requests', values.requests, 10_000_000),
    messages: wholeNumber('--messages', values.messages, 1_000_000),
    events: wholeNumber('--events', values.events, 100_000_000),
    connections: wholeNumber('--connections', values.connections, MAX_CONNECTIONS),
    seed: seed === undefined ? 1 + Math.floor(random() * 999_999) : wholeNumber('--seed', seed, MAX_SEED),
  };
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw new Error(`${name} must be a whole number from 1 to ${most}, got ${text}`);
}

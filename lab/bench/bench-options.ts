import { flag, readCommandLine, someOf, CommandLineError, wholeNumber } from '../command-line.ts';

const usage = `usage: npm run bench -- [--quick] [--only intake,worker,relay,endToEnd] | --soak [--orders 1000000]
  --quick   one round of each, under a minute, for approximate figures
  --only    some stations, separated by commas; the others keep their last figures
  --soak    the memory of our three services over many orders, 100000 to 5000000`;

export const stations = ['intake', 'worker', 'relay', 'endToEnd'] as const;
export type Station = (typeof stations)[number];

const options = { quick: flag, soak: flag, only: someOf(stations), orders: wholeNumber(100_000, 5_000_000) };

/** With `soakOrders`, the memory of the services is measured over this many orders each. */
export type BenchOptions = ReturnType<typeof readOptions>;

/** @throws CommandLineError that says what to type */
export function readOptions(args: readonly string[]) {
  return readCommandLine(args, { usage, options }, ({ quick = false, soak, only = [...stations], orders }) => {
    if (orders !== undefined && !soak) throw new CommandLineError('--orders is for --soak');
    return { quick, only, soakOrders: soak ? (orders ?? 1_000_000) : undefined };
  });
}

/** The amounts that are measured in a round. */
export type Sizes = ReturnType<typeof sizesOf>;

const CLIENTS = 200;

export function sizesOf({ quick }: Pick<BenchOptions, 'quick'>) {
  const full = {
    rounds: 3,
    intake: {
      clients: CLIENTS,
      // About 3 s of CPU for each, because at first V8's compilation takes much of it.
      warmUpOrders: { ours: 18_000, limit: 24_000, peer: 5_000, peerWithoutTokens: 5_000 },
      orders: { ours: 30_000, limit: 40_000, peer: 10_000, peerWithoutTokens: 10_000 },
      lowLoad: { rate: 100, orders: 400 },
    },
    worker: { ours: 30_000, peer: 8_000 },
    relay: { ours: 30_000, peer: 1_200 },
    endToEnd: { orders: 3_000, halfLoadSeconds: 15 },
  };
  if (!quick) return full;
  return {
    rounds: 1,
    intake: {
      clients: CLIENTS,
      warmUpOrders: { ours: 1_000, limit: 1_000, peer: 1_000, peerWithoutTokens: 1_000 },
      orders: { ours: 4_000, limit: 4_000, peer: 1_500, peerWithoutTokens: 1_500 },
      lowLoad: { rate: 100, orders: 100 },
    },
    worker: { ours: 5_000, peer: 1_500 },
    relay: { ours: 8_000, peer: 150 },
    endToEnd: { orders: 500, halfLoadSeconds: 4 },
  };
}

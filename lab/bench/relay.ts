/**
 * How fast one stream relay is against a stub of AWS that answers each call after 5 ms, and how many calls it needs.
 * `npm run bench:relay -- [records]`; the figures are of this machine, the calls are not.
 */
import { readCommandLine, wholeNumber } from '../command-line.ts';
import { runTool, say } from '../run-tool.ts';
import { relayRate } from './stations.ts';
import { rateText } from './task-rate.ts';

const usage = 'usage: npm run bench:relay -- [records, 1000 to 1000000, default 50000]';
const options = { records: wholeNumber(1_000, 1_000_000) };

await runTool(
  (args) => readCommandLine(args, { usage, options, positional: 'records' }, ({ records = 50_000 }) => records),
  async (records) => {
    say(rateText('stream-relay', await relayRate(records)));
    return 0;
  },
);

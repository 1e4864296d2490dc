/**
 * `npm run bench:relay -- [records]` measures the rate and the calls of a stream relay against a stub of AWS that answers each
 * call after 5 ms. The number of calls does not depend on the machine.
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

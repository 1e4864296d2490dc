/**
 * How fast one stream relay is against a stub of AWS that answers each call after 5 ms, and how many calls it needs.
 * `npm run bench:relay -- [records]`; the figures are of this machine, the calls are not.
 */
import { relayRate } from './relay-rate.ts';
import { rateText } from './rate-text.ts';

const records = Number(process.argv[2] ?? 50_000);
if (!Number.isInteger(records) || records < 1_000) {
  process.stderr.write('expected a whole number of records from 1000, for example: npm run bench:relay -- 50000\n');
  process.exit(2);
}

process.stdout.write(rateText('stream-relay', await relayRate(records)));

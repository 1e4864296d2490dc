// npm run quote -- --sub cust-1 --order -: prints the shop's quote of an order, nothing else. PRICING=quote needs one in each order.
import { readFileSync } from 'node:fs';
import { failUsage, readArguments } from './arguments.ts';
import { quoteRequestError, requestQuote } from './auth/local-issuer.ts';
import { printSigned } from './auth/print-signed.ts';

const USAGE = `usage: npm run quote -- --sub <customer> --order <file> [--seconds <how long it is valid>]
--order - reads standard input:   npm run --silent quote -- --sub cust-1 --order - < order.json`;

function readOrder(file: string): object {
  try {
    return JSON.parse(readFileSync(file === '-' ? process.stdin.fd : file, 'utf8')) as object;
  } catch (error) {
    return failUsage(`cannot read an order from ${file}: ${(error as Error).message}`, USAGE);
  }
}

const options = { sub: { type: 'string' }, order: { type: 'string' }, seconds: { type: 'string' } } as const;
const { sub, order: file, seconds } = readArguments(USAGE, { options }).values;
if (!sub || !file) failUsage('--sub and --order are required', USAGE);
const request = { sub, order: readOrder(file), seconds: seconds === undefined ? undefined : Number(seconds || 'none') };
const error = quoteRequestError(request);
if (error !== undefined) failUsage(error, USAGE);

await printSigned((port) => requestQuote(port, request));

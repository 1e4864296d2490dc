import {
  decimalNumber,
  drawnSeed,
  flag,
  oneOf,
  readCommandLine,
  seed,
  CommandLineError,
  wholeNumber,
} from '../command-line.ts';
import { scenarioNames, scenarios } from './scenarios/scenarios.ts';

const MAX_MINUTES = 60;
const MIN_MINUTES = 0.05;
const MAX_RATE = 500;

export const usage = `type for example
  npm run chaos -- --scenario kill-storm --minutes 10 --rate 200
--minutes is from ${MIN_MINUTES} to ${MAX_MINUTES} (default 1), --rate orders a second from 1 to ${MAX_RATE} (default 100),
--seed N prints and replays a schedule, --report writes a page with charts. Scenarios:
${scenarioNames.map((name) => `  ${name.padEnd(16)}${scenarios[name].description}`).join('\n')}`;

const options = {
  scenario: oneOf(scenarioNames),
  minutes: decimalNumber(MIN_MINUTES, MAX_MINUTES),
  rate: wholeNumber(1, MAX_RATE),
  seed,
  report: flag,
};

/** A seed that was given replays its schedule, which is then printed. */
export type ChaosOptions = ReturnType<typeof readOptions>;

/** @throws CommandLineError that says what to type */
export function readOptions(args: readonly string[], random: () => number = Math.random) {
  return readCommandLine(args, { usage, options }, ({ scenario, minutes = 1, rate = 100, seed, report = false }) => {
    if (scenario === undefined) throw new CommandLineError('--scenario is missing');
    return { scenario, minutes, rate, seed: seed ?? drawnSeed(random), replayed: seed !== undefined, report };
  });
}

import {
  decimalNumber,
  drawnSeed,
  flag,
  oneOf,
  readCommandLine,
  seed,
  UsageError,
  wholeNumber,
} from '../command-line.ts';
import { type ScenarioName, scenarioNames, scenarios } from './scenarios/scenarios.ts';

const MAX_MINUTES = 60;
const LEAST_MINUTES = 0.05;
const MAX_RATE = 500;

export interface ChaosOptions {
  readonly scenario: ScenarioName;
  /** How long orders are placed. */
  readonly minutes: number;
  /** Orders a second. */
  readonly rate: number;
  readonly seed: number;
  /** Whether the seed was given: then the schedule is printed. */
  readonly replayed: boolean;
  /** Whether a page with charts of the run is written. */
  readonly report: boolean;
}

export const usage = `type for example
  npm run chaos -- --scenario kill-storm --minutes 10 --rate 200
--minutes is from ${LEAST_MINUTES} to ${MAX_MINUTES} (default 1), --rate orders a second from 1 to ${MAX_RATE} (default 100),
--seed N prints and replays a schedule, --report writes a page with charts. Scenarios:
${scenarioNames.map((name) => `  ${name.padEnd(16)}${scenarios[name].description}`).join('\n')}`;

const options = {
  scenario: oneOf(scenarioNames),
  minutes: decimalNumber(LEAST_MINUTES, MAX_MINUTES),
  rate: wholeNumber(1, MAX_RATE),
  seed,
  report: flag,
};

/** @throws UsageError that says what to type */
export function readOptions(args: readonly string[], random: () => number = Math.random): ChaosOptions {
  return readCommandLine(args, { usage, options }, ({ scenario, minutes = 1, rate = 100, seed, report = false }) => {
    if (scenario === undefined) throw new UsageError('--scenario is missing');
    return { scenario, minutes, rate, seed: seed ?? drawnSeed(random), replayed: seed !== undefined, report };
  });
}

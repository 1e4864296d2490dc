import { parseArgs } from 'node:util';
import { isScenarioName, type ScenarioName, scenarioNames, scenarios } from './scenarios/scenarios.ts';

const MAX_MINUTES = 60;
const LEAST_MINUTES = 0.05;
const MAX_RATE = 500;
const MAX_SEED = 2 ** 31 - 1;

export interface ChaosArguments {
  readonly scenario: ScenarioName;
  /** How long orders are placed. */
  readonly minutes: number;
  /** Orders a second. */
  readonly rate: number;
  readonly seed: number;
  /** Whether the seed was asked for: then the schedule is printed. */
  readonly replayed: boolean;
}

export const usage = `type for example
  npm run chaos -- --scenario kill-storm --minutes 10 --rate 200
--minutes is from ${LEAST_MINUTES} to ${MAX_MINUTES} (default 1), --rate orders a second from 1 to ${MAX_RATE} (default 100),
--seed N prints and replays a schedule. Scenarios:
${scenarioNames.map((name) => `  ${name.padEnd(16)}${scenarios[name].description}`).join('\n')}`;

/** @throws Error that says what was expected of which argument */
export function readArguments(args: readonly string[], random: () => number = Math.random): ChaosArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      minutes: { type: 'string', default: '1' },
      rate: { type: 'string', default: '100' },
      seed: { type: 'string' },
    },
  });
  const { scenario, minutes, rate, seed } = values;
  if (scenario === undefined) throw new Error('--scenario is missing');
  if (!isScenarioName(scenario)) throw new Error(`there is no scenario ${scenario}`);
  return {
    scenario,
    minutes: numberOf('--minutes', minutes, { least: LEAST_MINUTES, most: MAX_MINUTES }),
    rate: numberOf('--rate', rate, { least: 1, most: MAX_RATE, whole: true }),
    seed:
      seed === undefined
        ? 1 + Math.floor(random() * 999_999)
        : numberOf('--seed', seed, { least: 1, most: MAX_SEED, whole: true }),
    replayed: seed !== undefined,
  };
}

function numberOf(name: string, text: string, bounds: { least: number; most: number; whole?: boolean }): number {
  const { least, most, whole = false } = bounds;
  const value = Number(text);
  const isGood = text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value));
  if (isGood) return value;
  throw new Error(`${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, got ${text}`);
}

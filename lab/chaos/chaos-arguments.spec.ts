import { readArguments, usage } from './chaos-arguments.ts';
import { scenarioNames } from './scenarios/scenarios.ts';

describe('the arguments of npm run chaos', () => {
  it('are bounded by default, with a seed of the run', () => {
    expect(readArguments(['--scenario', 'poison'], () => 0.5)).toEqual({
      scenario: 'poison',
      minutes: 1,
      rate: 100,
      seed: 500_000,
      replayed: false,
    });
  });

  it('replay a seed', () => {
    const read = readArguments(['--scenario', 'kill-storm', '--minutes', '0.5', '--rate', '500', '--seed', '42']);
    expect(read).toEqual({ scenario: 'kill-storm', minutes: 0.5, rate: 500, seed: 42, replayed: true });
  });

  it.each([
    [[], '--scenario is missing'],
    [['--scenario', 'storm'], 'there is no scenario storm'],
    [['--scenario', 'toString'], 'there is no scenario toString'],
    [['--scenario', 'poison', '--minutes', '61'], '--minutes must be a number from 0.05 to 60, got 61'],
    [['--scenario', 'poison', '--minutes', ''], '--minutes must be a number from 0.05 to 60, got '],
    [['--scenario', 'poison', '--rate', '1.5'], '--rate must be a whole number from 1 to 500, got 1.5'],
    [['--scenario', 'poison', '--seed', 'x'], '--seed must be a whole number from 1 to 2147483647, got x'],
    [['--speed', '1'], "Unknown option '--speed'"],
  ])('say what is wrong with %j', (args, fault) => {
    expect(() => readArguments(args)).toThrow(fault);
  });

  it('tell what there is to type', () => {
    for (const name of scenarioNames) expect(usage).toContain(`  ${name} `);
  });
});

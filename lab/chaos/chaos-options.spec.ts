import { readOptions, usage } from './chaos-options.ts';
import { scenarioNames } from './scenarios/scenarios.ts';

describe('the options of npm run chaos', () => {
  it('have defaults, with a random seed', () => {
    expect(readOptions(['--scenario', 'poison'], () => 0.5)).toEqual({
      scenario: 'poison',
      minutes: 1,
      rate: 100,
      seed: 500_000,
      replayed: false,
      report: false,
    });
  });

  it('replay a seed', () => {
    const typed = ['--scenario', 'kill-storm', '--minutes', '0.5', '--rate', '500', '--seed', '42', '--report'];
    const options = { scenario: 'kill-storm', minutes: 0.5, rate: 500, seed: 42, replayed: true, report: true };
    expect(readOptions(typed)).toEqual(options);
  });

  it.each([
    [[], '--scenario is missing'],
    [['--scenario', 'storm'], /--scenario must be one of kill-storm, .*, each, got storm/],
    [['--scenario', 'toString'], /--scenario must be one of kill-storm, .*, each, got toString/],
    [['--scenario', 'poison', '--minutes', '61'], '--minutes must be a number from 0.05 to 60, got 61'],
    [['--scenario', 'poison', '--minutes', ''], '--minutes must be a number from 0.05 to 60, got '],
    [['--scenario', 'poison', '--rate', '1.5'], '--rate must be a whole number from 1 to 500, got 1.5'],
    [['--scenario', 'poison', '--seed', 'x'], '--seed must be a whole number from 1 to 2147483647, got x'],
    [['--speed', '1'], "Unknown option '--speed'"],
  ])('cause an error that names what is wrong with %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  it('are listed in the usage, with every scenario', () => {
    for (const name of scenarioNames) expect(usage).toContain(`  ${name} `);
  });
});

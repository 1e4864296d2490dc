import { readOptions } from './fuzz-options.ts';

describe('the options of npm run fuzz', () => {
  it('have defaults', () => {
    expect(readOptions([], () => 0)).toEqual({
      targets: ['http', 'messages', 'events', 'connections'],
      requests: 100_000,
      messages: 10_000,
      events: 100_000,
      connections: 10_000,
      seed: 1,
    });
    expect(readOptions(['--only', 'events', '--events', '5', '--seed', '9'])).toMatchObject({
      targets: ['events'],
      events: 5,
      seed: 9,
    });
  });

  it.each([
    ['--only', 'nothing'],
    ['--requests', '0'],
    ['--requests', '1e3'],
    ['--connections', '15001'],
    ['--seed', '-1'],
  ])('are refused: %s %s', (name, value) => {
    expect(() => readOptions([`${name}=${value}`])).toThrow(name);
  });
});

import { flag, oneOf, readCommandLine, someOf, CommandLineError, wholeNumber } from './command-line.ts';

const usage = 'usage: tool [orders] [--fast] [--colour red|green] [--sizes s,m]';
const options = {
  orders: wholeNumber(1, 100),
  fast: flag,
  colour: oneOf(['red', 'green']),
  sizes: someOf(['s', 'm', 'l']),
};
const read = (...args: string[]) => readCommandLine(args, { usage, options, positional: 'orders' }, (given) => given);

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a command line', () => {
  it('returns the given options, one of them also without its name', () => {
    expect(read()).toEqual({});
    expect(read('7', '--fast', '--colour', 'red', '--sizes', 's,l')).toEqual({
      orders: 7,
      fast: true,
      colour: 'red',
      sizes: ['s', 'l'],
    });
    expect(read('--orders', '8')).toEqual({ orders: 8 });
  });

  it.each([
    [['--quick'], "Unknown option '--quick'"],
    [['--colour'], "Option '--colour <value>' argument missing"],
    [['--colour', 'blue'], '--colour must be one of red, green, got blue'],
    [['--sizes', 's,xl'], '--sizes must be one of s, m, l, got xl'],
    [['101'], '--orders must be a whole number from 1 to 100, got 101'],
    [['7', '8'], 'expected one orders, got 7 8'],
  ])('says what to type instead of %j', (args, message) => {
    const error = thrownBy(() => read(...args)) as CommandLineError;
    expect(error).toBeInstanceOf(CommandLineError);
    expect(error.message).toContain(message);
    expect(error.message).toContain(usage);
    expect(error.code).toBe(2);
  });

  it('has code 0 when it asks for help', () => {
    expect(thrownBy(() => read('7', '--help'))).toMatchObject({ message: usage, code: 0 });
  });

  it('accepts no text without an option name unless one option may omit it', () => {
    expect(() => readCommandLine(['x'], { usage, options }, (given) => given)).toThrow("Unexpected argument 'x'");
  });
});

import { CommandLineError } from '../command-line.ts';
import { readOptions, sizesOf } from './bench-options.ts';

describe('readOptions', () => {
  it('measures everything by default', () => {
    expect(readOptions([])).toEqual({
      quick: false,
      only: ['intake', 'worker', 'relay', 'endToEnd'],
      soakOrders: undefined,
    });
  });

  it('takes some stations, or a soak with a number of orders', () => {
    expect(readOptions(['--quick', '--only', 'worker,relay'])).toMatchObject({
      quick: true,
      only: ['worker', 'relay'],
    });
    expect(readOptions(['--soak']).soakOrders).toBe(1_000_000);
    expect(readOptions(['--soak', '--orders', '200000']).soakOrders).toBe(200_000);
  });

  it.each([['--fast'], ['--only', 'api'], ['--soak', '--orders', '10'], ['--orders', '200000'], ['quick']])(
    'says what to type instead of %s',
    (...argv) => {
      expect(() => readOptions(argv)).toThrow(CommandLineError);
      expect(() => readOptions(argv)).toThrow('usage: npm run bench -- [--quick]');
    },
  );

  it('measures less of everything with --quick', () => {
    const [quick, full] = [sizesOf({ quick: true }), sizesOf({ quick: false })];
    expect(quick.rounds).toBeLessThan(full.rounds);
    expect(quick.worker.ours).toBeLessThan(full.worker.ours);
  });
});

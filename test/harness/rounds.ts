/** `.ci/nightly` sets ROUNDS=long: the same tests with more load, more faults and more runs. */
export const LONG_ROUNDS = process.env['ROUNDS'] === 'long';

/** The runs of a property: fast-check's usual hundred, and more in long rounds. */
export const runs = (long: number, short = 100): { numRuns: number } => ({ numRuns: LONG_ROUNDS ? long : short });

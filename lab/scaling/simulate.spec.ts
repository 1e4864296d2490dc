import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodePath } from '../../local/processes/local-script.ts';
import { CommandLineError } from '../command-line.ts';
import { readOptions } from './scaling-options.ts';

function errorOf(args: readonly string[]): unknown {
  try {
    return readOptions(args);
  } catch (error) {
    return error;
  }
}

describe('npm run simulate:scaling', () => {
  it.each([
    ['a profile that does not exist', ['--profile', 'nothing'], '--profile must be one of coupon'],
    ['an option that does not exist', ['--sale'], "Unknown option '--sale'"],
    ['two options', ['--costs', '--sensitivity'], 'expected one of --profile, --sensitivity and --costs'],
  ])('answers %s with what to type', (_what, args, text) => {
    const { code, message } = errorOf(args) as CommandLineError;

    expect(code).toBe(2);
    expect(message).toContain(text);
    expect(message).toContain('npm run simulate:scaling -- --profile coupon');
    expect(message).toContain('npm run simulate:scaling -- --costs');
  });

  it('simulates one profile, or all of them', () => {
    expect(readOptions(['--profile', 'flash', '--report'])).toMatchObject({ profiles: ['flash'], report: true });
    expect(readOptions(['--profile', 'all']).profiles).toHaveLength(4);
    expect(readOptions(['--sensitivity']).profiles).toEqual([]);
  });

  it('prints the monthly costs of containers and functions', () => {
    const script = join(import.meta.dirname, 'simulate.ts');
    const { status, stdout } = spawnSync(nodePath, ['--conditions=source', script, '--costs'], { encoding: 'utf8' });

    expect(status).toBe(0);
    for (const orders of ['1,000,000', '10,000,000', '100,000,000'])
      expect(stdout).toMatch(new RegExp(`${orders} +\\$[\\d.]+ +\\$[\\d.]+`));
  });
});

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodePath } from '../../local/processes/local-script.ts';

function simulate(...parameters: string[]) {
  const script = join(import.meta.dirname, 'simulate.ts');
  return spawnSync(nodePath, ['--conditions=source', script, ...parameters], { encoding: 'utf8' });
}

describe('npm run simulate:scaling', () => {
  it.each([
    ['a profile that does not exist', ['--profile', 'nothing'], 'unknown profile nothing'],
    ['an option that does not exist', ['--sale'], "Unknown option '--sale'"],
    ['two options', ['--costs', '--sensitivity'], 'expected one of --profile, --sensitivity and --costs'],
  ])('answers %s with what to type', (_what, parameters, message) => {
    const { status, stderr } = simulate(...parameters);

    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('npm run simulate:scaling -- --profile coupon');
    expect(stderr).toContain('npm run simulate:scaling -- --costs');
  });

  it('prints the monthly costs of containers and functions', () => {
    const { status, stdout } = simulate('--costs');

    expect(status).toBe(0);
    for (const orders of ['1,000,000', '10,000,000', '100,000,000'])
      expect(stdout).toMatch(new RegExp(`${orders} +\\$[\\d.]+ +\\$[\\d.]+`));
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

interface Package {
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  /** Left out of images by `npm ci --omit=optional`. */
  readonly optional?: boolean;
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, Package>>;
};

/** Licences that ask for no more than their own text and the names of the authors. */
const ALLOWED = new Set(
  'MIT, MIT-0, ISC, 0BSD, BSD-2-Clause, BSD-3-Clause, Apache-2.0, BlueOak-1.0.0, Python-2.0'.split(', '),
);

/** Packages whose licence is only a text, which somebody has read. */
const READ: Readonly<Record<string, string>> = {
  'node_modules/dejavu-fonts-ttf': 'fonts under the licence of Bitstream Vera: free to embed and pass on',
  'node_modules/png-js': 'MIT, in its file LICENSE',
};

/** What may not be in an image: everything that production needs, of which an image has a part. */
function refused(all: Readonly<Record<string, Package>>): string[] {
  return Object.entries(all)
    .filter(([folder, { dev, devOptional, optional }]) => folder !== '' && !dev && !devOptional && !optional)
    .filter(([folder, { license = 'none' }]) => !ALLOWED.has(license) && !(folder in READ))
    .map(([folder, { license = 'none' }]) => `${folder}: ${license}`);
}

describe('the licences of what an image may contain', () => {
  it('are all allowed', () => {
    expect(refused(packages)).toEqual([]);
  });

  it('are checked: the tool under the AGPL is allowed only for development', () => {
    const tool = 'node_modules/@cloud-copilot/iam-simulate';
    const { dev, ...moved } = packages[tool] as Package;
    expect(dev).toBe(true);
    expect(refused({ ...packages, [tool]: moved })).toEqual([`${tool}: AGPL-3.0-or-later`]);
  });
});

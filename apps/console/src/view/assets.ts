import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Seen from the source as from `dist`. */
const FOLDER = join(dirname(findPackageJSON(import.meta.url)!), 'apps/console/assets');
const TYPES = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };

interface Asset {
  type: string;
  gzipped: Buffer;
  /** Names the content, so that a browser keeps it for good. */
  version: string;
}

function asset(path: string, type: string): Asset {
  const content = readFileSync(path);
  return { type, gzipped: gzipSync(content, { level: 9 }), version: hash('sha256', content).slice(0, 12) };
}

/** The files that pages load, read once. */
export const assets: Readonly<Record<string, Asset>> = {
  'console.css': asset(join(FOLDER, 'console.css'), TYPES.css),
  'console.js': asset(join(FOLDER, 'console.js'), TYPES.js),
  'htmx.min.js': asset(createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js'), TYPES.js),
};

export function assetUrl(name: string): string {
  return `/assets/${assets[name]?.version}/${name}`;
}

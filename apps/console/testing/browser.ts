import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';

const CANDIDATES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The browser of this machine; undefined, and a line that says so, when there is none. */
export const browserPath = CANDIDATES.find((path) => path !== undefined && existsSync(path));
if (!browserPath) {
  process.stderr.write('the console is not checked: no browser here. Install chromium, or set CHROMIUM to its path\n');
}

export function launchBrowser(): Promise<Browser> {
  // Without its sandbox, it also runs as root, as in a container.
  return chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'] });
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds on a page that a person with a disability could not use. */
export async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    `${axe}; axe.run()`,
  );
  return violations.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html}`);
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from './template.ts';
import type { Templates } from './synthesized.ts';

const FOLDER = join(import.meta.dirname, 'golden');
const ENDING = '.template.json';

/** The committed templates of production. `golden.spec.ts` checks that the code synthesizes them. */
export function goldenTemplates(): Templates {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(ENDING));
  return Object.fromEntries(
    files.map((file) => [
      file.slice(0, -ENDING.length),
      JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Template,
    ]),
  );
}

/** The committed template of one stack. */
export function goldenTemplate(stack: string): Template {
  const template = goldenTemplates()[stack];
  if (!template) throw new Error(`expected a golden template of the stack ${stack}: type npm run golden`);
  return template;
}

export function writeGoldenTemplates(templates: Templates): void {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  for (const [stack, template] of Object.entries(templates)) {
    writeFileSync(join(FOLDER, `${stack}${ENDING}`), `${JSON.stringify(template, null, 1)}\n`);
  }
}

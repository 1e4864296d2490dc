import { readdirSync, readFileSync } from 'node:fs';
import { goldenTemplates } from './golden-templates.ts';

const docs = new URL('../../docs/', import.meta.url);
const stacks = goldenTemplates();

/** The outputs of stacks that a page reads with its function `output`. `github` is no stack of CDK. */
function outputsOf(page: string): string[][] {
  return [...page.matchAll(/\$\(output (?!github)([a-z-]+) (\w+)/g)].map(([, stack, key]) => [stack!, key!]);
}

describe('the commands in docs', () => {
  it('read only outputs that a stack has', () => {
    const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));
    const read = pages.flatMap((name) => outputsOf(readFileSync(new URL(name, docs), 'utf8')));
    expect(read.length).toBeGreaterThan(5);
    const missing = read.filter(([stack, key]) => stacks[stack!]?.Outputs?.[key!] === undefined);
    expect(missing).toEqual([]);
  });
});

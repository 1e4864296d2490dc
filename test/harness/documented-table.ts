import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';

/** A table in docs that repeats code. `npm run docs` writes it between comments with its name. */
export interface DocumentedTable {
  page: string;
  name: string;
  header: string[];
  rows: string[][];
}

/** Expects the table in its page, or writes it there with DOCS=write. */
export async function expectWritten(table: DocumentedTable): Promise<void> {
  const file = new URL(`../../docs/${table.page}`, import.meta.url);
  const text = readFileSync(file, 'utf8');
  const current = await format(withTable(text, table), { parser: 'markdown', printWidth: 120, singleQuote: true });
  if (process.env['DOCS'] === 'write') writeFileSync(file, current);
  else expect(text).toBe(current);
}

function withTable(text: string, { name, header, rows }: DocumentedTable): string {
  const lines = [header, header.map(() => '-'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const [begin, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- /${name} -->`];
  expect(text).toContain(begin);
  const [before] = text.split(begin) as [string];
  const after = text.slice(text.indexOf(end));
  return `${before}${begin}\n\n${lines.join('\n')}\n\n${after}`;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';

/** A table in docs that repeats code. `npm run docs` writes it between comments with its name. */
export interface DocumentedTable {
  page: string;
  name: string;
  header: string[];
  rows: string[][];
}

/** The page as it is, and with the table as the code defines it. With DOCS=write the page is written first. */
export async function pageOf(table: DocumentedTable): Promise<{ text: string; current: string }> {
  const file = new URL(`../../docs/${table.page}`, import.meta.url);
  const text = readFileSync(file, 'utf8');
  const current = await format(withTable(text, table), { parser: 'markdown', printWidth: 120, singleQuote: true });
  if (process.env['DOCS'] !== 'write') return { text, current };
  writeFileSync(file, current);
  return { text: current, current };
}

function withTable(text: string, { name, header, rows }: DocumentedTable): string {
  const lines = [header, header.map(() => '-'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const [begin, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- /${name} -->`];
  const [before] = text.split(begin) as [string];
  const after = text.slice(text.indexOf(end));
  return `${before}${begin}\n\n${lines.join('\n')}\n\n${after}`;
}

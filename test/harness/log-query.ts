/** The keywords of CloudWatch Logs Insights that our queries use. */
const KEYWORDS = new Set(
  'fields filter sort limit stats by asc desc as and or in like coalesce count max min latest'.split(' '),
);

/** The fields of log lines that a query reads, without the fields that it defines and CloudWatch's own. */
export function fieldsOf(query: string): string[] {
  const plain = query.replaceAll(/^#.*$/gm, '').replaceAll(/"[^"]*"/g, '');
  const defined = new Set([...plain.matchAll(/\bas (\w+)/g)].map(([, name]) => name));
  const words = [...plain.matchAll(/@?[A-Za-z]\w*/g)].map(([word]) => word);
  const fields = words.filter((word) => !word.startsWith('@') && !KEYWORDS.has(word) && !defined.has(word));
  return [...new Set(fields)];
}

/** The texts in quotation marks. */
export function wordsOf(query: string): string[] {
  return [...query.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);
}

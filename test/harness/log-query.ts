/** The words of the language of CloudWatch Logs Insights, of those that our queries use. */
const KEYWORDS = new Set(
  'fields filter sort limit stats by asc desc as and or in like coalesce count max min latest'.split(' '),
);

/** The fields of log lines that a query asks for. Those that it makes and CloudWatch's own are none. */
export function fieldsOf(query: string): string[] {
  const plain = query.replaceAll(/^#.*$/gm, '').replaceAll(/"[^"]*"/g, '');
  const made = new Set([...plain.matchAll(/\bas (\w+)/g)].map(([, name]) => name));
  const words = [...plain.matchAll(/@?[A-Za-z]\w*/g)].map(([word]) => word);
  const fields = words.filter((word) => !word.startsWith('@') && !KEYWORDS.has(word) && !made.has(word));
  return [...new Set(fields)];
}

/** What stands between quotation marks. */
export function wordsOf(query: string): string[] {
  return [...query.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);
}

import { columns, count, printableLine } from '../terminal.ts';
import { type Counts, NO_COUNTS, openMemory } from './run-files.ts';
import { mappedOrders, type OrderInput } from './source.ts';

const MAX_EXAMPLES = 5;
/** A mapping with more distinct problems is wrong. */
const MAX_PROBLEMS = 1_000;

interface Found {
  orders: number;
  examples: string[];
}

/** Maps all orders and writes nothing: how many orders and rows have each problem, and some of their numbers. */
export async function dryRun(input: OrderInput, signal: AbortSignal, onBatch: (counts: Counts) => void) {
  const [problems, notes] = [new Map<string, Found>(), new Map<string, Found>()];
  const counts = { ...NO_COUNTS };
  for await (const { orders, rows } of mappedOrders(input, openMemory().isNew)) {
    signal.throwIfAborted();
    for (const { source, mapped } of orders) {
      const example = mapped.number || `row ${source.key}`;
      for (const problem of new Set(mapped.problems.map(([text]) => text))) add(problems, problem, example);
      for (const note of new Set(mapped.notes)) add(notes, note, example);
      if (mapped.problems.length > 0) counts.rejected += 1;
    }
    counts.rows += rows;
    counts.orders += orders.length;
    onBatch(counts);
  }
  const { rows, orders, rejected } = counts;
  return { rows, orders, rejected, problems: Object.fromEntries(problems), notes: Object.fromEntries(notes) };
}

function add(found: Map<string, Found>, text: string, example: string): void {
  const key = found.has(text) || found.size < MAX_PROBLEMS ? text : 'other problems';
  const entry = found.get(key) ?? { orders: 0, examples: [] };
  entry.orders += 1;
  if (entry.examples.length < MAX_EXAMPLES) entry.examples.push(example);
  found.set(key, entry);
}

export function dryRunText({ rows, orders, rejected, problems, notes }: Awaited<ReturnType<typeof dryRun>>): string {
  const table = (head: string, found: Record<string, Found>) => {
    const lines = Object.entries(found).toSorted(([, one], [, other]) => other.orders - one.orders);
    const cells = lines.map(([text, one]) => [printableLine(text), String(one.orders), one.examples.join(', ')]);
    return cells.length > 0 ? ['', ...columns([[head, 'orders', 'for example'], ...cells])] : [];
  };
  const summary = `${count(orders, 'order')} in ${count(rows, 'row')}: ${rejected} cannot be imported. Nothing was written`;
  return [summary, ...table('problem', problems), ...table('imported as it is', notes)].join('\n');
}

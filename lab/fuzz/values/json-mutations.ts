import fc from 'fast-check';
import { type JsonNode, Members, membersOf, RawText } from './json-text.ts';
import { protoNames, unexpectedValue, weighted } from './unexpected-values.ts';

/** One change of a document. `at` is the position of a value, modulo the number of values. */
interface Mutation {
  readonly at: number;
  readonly kind: 'replace' | 'remove' | 'add' | 'repeat' | 'wrap' | 'rename';
  readonly value: JsonNode;
  readonly name: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(200),
  kind: weighted(
    [3, fc.constant<Mutation['kind']>('replace')],
    [5, fc.constantFrom<Mutation['kind'][]>('remove', 'add', 'repeat', 'wrap', 'rename')],
  ),
  value: unexpectedValue,
  name: fc.oneof(fc.constantFrom(...protoNames), fc.string({ unit: 'binary', maxLength: 20 })),
});

/** The document with up to `most` changes, or unchanged with the odds of `weightOfNone` to 4. */
export function mutated(document: fc.Arbitrary<JsonNode>, most = 3, weightOfNone = 1): fc.Arbitrary<JsonNode> {
  const changes = weighted(
    [weightOfNone, fc.constant<Mutation[]>([])],
    [4, fc.array(mutation, { minLength: 1, maxLength: most })],
  );
  return fc.tuple(document, changes).map(([root, all]) => all.reduce(applied, root));
}

function applied(root: JsonNode, change: Mutation): JsonNode {
  const count = countOf(root);
  let left = change.at % count;
  const walk = (node: JsonNode): JsonNode[] => {
    if (left-- === 0) return changed(node, change);
    if (Array.isArray(node)) return [node.flatMap(walk)];
    if (!isObject(node)) return [node];
    const entries = membersOf(node).flatMap(([name, value]) =>
      left === 0 && change.kind === 'rename'
        ? ((left -= 1), [[change.name, value] as const])
        : walk(value).map((one) => [name, one] as const),
    );
    return [new Members(entries)];
  };
  return walk(root)[0] ?? null;
}

/** The replacement of a value: no, one or two values. */
function changed(node: JsonNode, { kind, value, name }: Mutation): JsonNode[] {
  if (kind === 'remove') return [];
  if (kind === 'repeat') return [node, value];
  if (kind === 'wrap') return [[node]];
  if (kind === 'add' && Array.isArray(node)) return [[...node, value]];
  if (kind === 'add' && isObject(node)) return [new Members([...membersOf(node), [name, value]])];
  return [value];
}

function countOf(node: JsonNode): number {
  if (Array.isArray(node)) return node.reduce<number>((sum, one) => sum + countOf(one), 1);
  return isObject(node) ? membersOf(node).reduce((sum, [, value]) => sum + countOf(value), 1) : 1;
}

function isObject(node: JsonNode): node is { [name: string]: JsonNode } | Members {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof RawText);
}

/** A mutated document: JSON values, and forms that exist only in JSON text. */
export type JsonNode = string | number | boolean | null | JsonNode[] | { [name: string]: JsonNode } | RawText | Members;

/** Raw text: `-0`, `1e999`, `NaN`, half a character. */
export class RawText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object in which a name may occur twice, or be `__proto__`. */
export class Members {
  readonly entries: readonly (readonly [string, JsonNode])[];

  constructor(entries: readonly (readonly [string, JsonNode])[]) {
    this.entries = entries;
  }
}

/** The text of a document. */
export function jsonText(node: JsonNode): string {
  if (node instanceof RawText) return node.text;
  if (Array.isArray(node)) return `[${node.map(jsonText).join(',')}]`;
  if (typeof node !== 'object' || node === null) return JSON.stringify(node);
  return `{${membersOf(node)
    .map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`)
    .join(',')}}`;
}

export function membersOf(node: { [name: string]: JsonNode } | Members): readonly (readonly [string, JsonNode])[] {
  return node instanceof Members ? node.entries : Object.entries(node);
}

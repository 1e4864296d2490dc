import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { list, object, text } from './rule.ts';
import { resourceType } from './specification.ts';
import type { Templates } from './synthesized.ts';

const FILE = join(import.meta.dirname, 'stored-names.json');

/** The names under which data is stored. From the first release on, lines are only added. */
interface StoredNames {
  /** What CloudFormation would replace, with an empty resource, if it changed. */
  readonly resources: readonly string[];
  /** The attributes of items, by table. `test/template.e2e-spec.ts` compares them with the items that the apps store. */
  readonly attributes: readonly string[];
}

export function committedNames(): StoredNames {
  return JSON.parse(readFileSync(FILE, 'utf8')) as StoredNames;
}

/** Adds the names that are new. It removes none: whoever does that edits the file, and answers for the data. */
export function addNames(resources: readonly string[]): void {
  const committed = committedNames();
  const all = [...new Set([...committed.resources, ...resources])].sort();
  writeFileSync(FILE, `${JSON.stringify({ ...committed, resources: all }, null, 2)}\n`);
}

/** The logical ids, and the properties that cannot change without a replacement, of everything that holds data. */
export function namesOf({ data, identity }: Templates): string[] {
  const resources = [data, identity].flatMap((template) => Object.entries(template?.Resources ?? {}));
  const lines = resources.flatMap(([id, { Type, Properties = {} }]) => {
    const type = resourceType(Type);
    if (!type || (!type.isStateful && Type !== 'AWS::SNS::Topic')) return [];
    const names = Object.keys(Properties).filter((name) => type.properties[name]?.causesReplacement === 'yes');
    const indexes = list(Properties['GlobalSecondaryIndexes']).map((index) => text(object(index)['IndexName']));
    return [
      `${Type} ${id}`,
      ...names.map((name) => `${Type} ${id} ${name} ${text(Properties[name])}`),
      ...indexes.map((index) => `${Type} ${id} index ${index}`),
    ];
  });
  return lines.sort();
}

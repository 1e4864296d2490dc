import { createRequire } from 'node:module';
import { getMetadataStorage } from 'class-validator';

/**
 * Whether a document surely is as class-validator wants it. False means that this does not know: class-validator alone
 * says what is wrong. It asks the very same rules, without a copy of the document and an account of errors.
 */
export type ShapeMatcher = (document: object) => boolean;

type Type = new () => object;
type Test = (value: unknown) => boolean;
type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

interface Field {
  /** Where one of them says no, the field may be absent. */
  conditions: ((document: object, value: unknown) => boolean)[];
  tests: Test[];
  /** Of the objects that the field holds. */
  nested: ShapeMatcher | undefined;
}

/** These look at the value alone. A class with any other rule is left to class-validator. */
const RULES_OF_A_VALUE = new Set([
  'arrayMaxSize',
  'arrayMinSize',
  'arrayUnique',
  'equals',
  'isArray',
  'isIn',
  'isInt',
  'isISO31661Alpha2',
  'isISO4217CurrencyCode',
  'isLength',
  'isObject',
  'isString',
  'matches',
  'max',
  'min',
]);

/** Where class-transformer keeps its @Type metadata; it exports no public way to it, and only as CommonJS. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: {
    findTypeMetadata(target: Type, property: string): { typeFunction: () => Type } | undefined;
  };
};

/** The matcher of a class with class-validator decorators. */
export function shapeMatcherOf(type: Type, maxElements: number): ShapeMatcher {
  const rules = Object.groupBy(
    getMetadataStorage().getTargetValidationMetadatas(type, '', false, false),
    ({ propertyName }) => propertyName,
  );
  const fields = new Map<string, Field>();
  for (const [name, ofField = []] of Object.entries(rules)) {
    const field = fieldOf(type, name, ofField, maxElements);
    if (!field) return () => false;
    fields.set(name, field);
  }
  return (document) => matches(document, fields, maxElements);
}

function matches(document: object, fields: ReadonlyMap<string, Field>, maxElements: number): boolean {
  for (const name in document) if (!fields.has(name)) return false;
  for (const [name, { conditions, tests, nested }] of fields) {
    const value = (document as Record<string, unknown>)[name];
    const applies = conditions.every((condition) => condition(document, value));
    if (value === undefined ? applies : !applies || !tests.every((test) => test(value))) return false;
    if (value !== undefined && !isKnown(value, nested, maxElements)) return false;
  }
  return true;
}

/** Whether nothing is in a value but what its field's rules, or its class, tell of. */
function isKnown(value: unknown, nested: ShapeMatcher | undefined, maxElements: number): boolean {
  const isKnownElement = (element: unknown): boolean => {
    if (typeof element !== 'object') return nested === undefined && element !== undefined;
    return element !== null && !Array.isArray(element) && nested !== undefined && nested(element);
  };
  return Array.isArray(value) ? value.length <= maxElements && value.every(isKnownElement) : isKnownElement(value);
}

/** Undefined for one with a rule that is not known here. */
function fieldOf(type: Type, name: string, rules: readonly Rule[], maxElements: number): Field | undefined {
  const nestedType = defaultMetadataStorage.findTypeMetadata(type, name)?.typeFunction();
  const isNested = rules.some((rule) => rule.type === 'nestedValidation');
  if (isNested !== (nestedType !== undefined)) return undefined;
  const conditions = rules.filter((rule) => rule.type === 'conditionalValidation');
  const others = rules.filter((rule) => rule.type !== 'nestedValidation' && rule.type !== 'conditionalValidation');
  const tests = others.map(testsOf);
  if (!tests.every((test) => test !== undefined)) return undefined;
  return {
    conditions: conditions.map(({ constraints }) => constraints[0] as Field['conditions'][number]),
    tests: tests.flat(),
    nested: nestedType && shapeMatcherOf(nestedType, maxElements),
  };
}

function testsOf({ constraintCls, constraints, each, validateIf, propertyName, target }: Rule): Test[] | undefined {
  const known = getMetadataStorage().getTargetValidatorConstraints(constraintCls);
  const mayBeAsked = known.length > 0 && known.every(({ name, async }) => RULES_OF_A_VALUE.has(name) && !async);
  if (!mayBeAsked || validateIf) return undefined;
  return known.map(({ instance }) => {
    const ofRule = { constraints, property: propertyName, targetName: String(target), object: {}, value: undefined };
    const test: Test = (value) => instance.validate(value, ofRule) === true;
    return each ? (value) => (Array.isArray(value) ? value.every(test) : test(value)) : test;
  });
}

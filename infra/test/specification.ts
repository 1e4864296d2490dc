import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, Resource } from '@aws-cdk/service-spec-types';
import type { Properties, Template, Value } from './template.ts';

const specification = loadAwsServiceSpecSync();

/** AWS's description of a resource type; undefined for an unknown one. */
export function resourceType(name: string): Resource | undefined {
  return specification.lookup('resource', 'cloudFormationType', 'equals', name)[0];
}

/** What contradicts AWS's description of the resource types: one line for each error, with the path of the property. */
export function specificationErrors({ Resources, Outputs = {} }: Template): string[] {
  const inOutputs = Object.entries(Outputs).flatMap(([id, { Value }]) => attributeErrors(id, Value, Resources));
  const inResources = Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const type = resourceType(Type);
    if (!type) return [`${id}: ${Type} is not a resource type`];
    const attributes = Object.keys(type.attributes);
    const readOnly = Object.keys(Properties).filter((name) => !(name in type.properties) && attributes.includes(name));
    return [
      ...readOnly.map((name) => `${id}.${name} is read-only`),
      ...propertyErrors(id, type.properties, Properties, readOnly),
      ...attributeErrors(id, Properties, Resources),
    ];
  });
  return [...inResources, ...inOutputs];
}

type Definitions = Readonly<Record<string, Property>>;

function propertyErrors(
  path: string,
  known: Definitions,
  given: Properties,
  ignored: readonly string[] = [],
): string[] {
  const missing = Object.keys(known).filter((name) => known[name]?.required && given[name] === undefined);
  return [
    ...missing.map((name) => `${path}.${name} is missing`),
    ...Object.entries(given).flatMap(([name, value]) => {
      const definition = known[name];
      if (definition) return typeErrors(`${path}.${name}`, definition.type, value);
      return ignored.includes(name) ? [] : [`${path}.${name} is not a property`];
    }),
  ];
}

/** The name of CloudFormation's function, which is evaluated only during a deployment. */
function functionOf(value: Value): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const [name = '', ...others] = Object.keys(value);
  return others.length === 0 && (name === 'Ref' || name.startsWith('Fn::')) ? name : undefined;
}

function typeErrors(path: string, type: PropertyType, value: Value): string[] {
  if (functionOf(value)) return [];
  const allowed = 'allowedValues' in type && type.allowedValues ? `one of ${type.allowedValues.join(', ')}` : undefined;
  const wrong = [`${path} must be ${allowed ?? `of the type ${type.type}`}, got ${JSON.stringify(value)}`];
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  switch (type.type) {
    case 'string':
      return typeof value === 'string' && isAllowed(type.allowedValues, value) ? [] : wrong;
    case 'date-time':
      return typeof value === 'string' ? [] : wrong;
    case 'integer':
      return Number.isInteger(value) && isAllowed(type.allowedValues, value as number) ? [] : wrong;
    case 'number':
    case 'boolean':
      return typeof value === type.type ? [] : wrong;
    case 'array':
      return Array.isArray(value) ? value.flatMap((one, n) => typeErrors(`${path}.${n}`, type.element, one)) : wrong;
    case 'map':
      if (!isObject) return wrong;
      return Object.entries(value).flatMap(([key, one]) => typeErrors(`${path}.${key}`, type.element, one));
    case 'tag':
      return isObject && 'Key' in value && 'Value' in value ? [] : wrong;
    case 'ref':
      if (!isObject) return wrong;
      return propertyErrors(path, specification.get('typeDefinition', type.reference).properties, value);
    case 'union': {
      const errors = type.types.map((one) => typeErrors(path, one, value));
      return errors.find((one) => one.length === 0) ?? errors[0] ?? [];
    }
    default:
      return [];
  }
}

function isAllowed<V>(allowed: readonly V[] | undefined, value: V): boolean {
  return allowed === undefined || allowed.includes(value);
}

/** Each Fn::GetAtt names an attribute that its resource has. */
function attributeErrors(id: string, value: Value, resources: Template['Resources']): string[] {
  if (value === null || typeof value !== 'object') return [];
  if (functionOf(value) !== 'Fn::GetAtt')
    return Object.values(value).flatMap((one) => attributeErrors(id, one, resources));
  const [target, attribute] = (value as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'];
  const attributes = resourceType(resources[target]?.Type ?? '')?.attributes ?? {};
  return attribute in attributes ? [] : [`${id}: ${target} has no attribute ${attribute}`];
}

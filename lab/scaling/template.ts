/** The template says something that the simulation can not play. */
export class TemplateError extends Error {
  override name = 'TemplateError';
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Fields;
}

export type Fields = Readonly<Record<string, unknown>>;
export type Resources = Readonly<Record<string, Resource>>;

/** A CloudFormation template, as synthesized. */
export interface Template {
  readonly Resources?: Resources;
}

export function resourcesOf(resources: Resources, type: string): [string, Fields][] {
  return Object.entries(resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, { Properties = {} }]) => [id, Properties]);
}

/** The logical ids that a value refers to, however deep. */
export function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(references);
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [Array.isArray(inner) ? String(inner[0]) : (String(inner).split('.')[0] ?? '')];
    return references(inner);
  });
}

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

/** A number that the template must have. */
export function numberOf(from: Fields, name: string, where: string): number {
  const value = optionalNumber(from, name);
  if (value === undefined)
    throw new TemplateError(`${where}: expected a number as ${name}, got ${JSON.stringify(from[name])}`);
  return value;
}

/** CloudFormation takes numbers as texts too. */
export function optionalNumber(from: Fields, name: string): number | undefined {
  const value = from[name];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

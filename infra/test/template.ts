/** A value in a template: plain, or one of CloudFormation's functions. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Properties = Record<string, Value>;

export interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DeletionPolicy?: string;
}

export interface Output {
  readonly Value: Value;
  readonly Export?: { readonly Name: string };
}

/** A stack's CloudFormation template. */
export interface Template {
  readonly Parameters?: Record<string, { readonly AllowedPattern?: string }>;
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, Output>;
}

/** A resource of a template with its logical id. */
export interface Found {
  readonly id: string;
  readonly resource: Resource;
  readonly properties: Properties;
}

/** The resources of one type. */
export function resourcesOf(template: Template, type: string): Found[] {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => ({ id, resource, properties: resource.Properties ?? {} }));
}

/** The logical id to which a `Ref` or `Fn::GetAtt` in the value refers. */
export function referredId(value: Value | undefined): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value;
  if (typeof ref === 'string') return ref;
  return Array.isArray(attribute) && typeof attribute[0] === 'string' ? attribute[0] : undefined;
}

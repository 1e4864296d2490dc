import { referredId, resourcesOf, type Found, type Properties, type Template, type Value } from './template.ts';

/** What is wrong with a template, one line each. */
export type Rule = (template: Template) => string[];

/** Resources of a type that are faulty. */
export function faultsOf(type: string, faulty: (properties: Properties, found: Found) => boolean, rule: string): Rule {
  return (template) =>
    resourcesOf(template, type)
      .filter((found) => faulty(found.properties, found))
      .map(({ id }) => `${id} ${rule}`);
}

/** CloudFormation takes one value for a list of one. */
export function list(value: Value | undefined): Value[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

export function object(value: Value | undefined): Properties {
  return (value ?? {}) as Properties;
}

export function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Who may connect: the rule, where it stands, and the security group that it opens. */
export interface IngressRule {
  readonly id: string;
  readonly group: string | undefined;
  readonly rule: Properties;
}

export function ingressRules(template: Template): IngressRule[] {
  const own = resourcesOf(template, 'AWS::EC2::SecurityGroup').flatMap(({ id, properties }) =>
    list(properties['SecurityGroupIngress']).map((rule) => ({ id, group: id, rule: object(rule) })),
  );
  const others = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ id, properties }) => ({
    id,
    group: referredId(properties['GroupId']),
    rule: properties,
  }));
  return [...own, ...others];
}

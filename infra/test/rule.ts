import { referredId, resourcesOf, type Found, type Properties, type Template, type Value } from './template.ts';

/** Returns one line for each violation of the rule in a template. */
export type Rule = (template: Template) => string[];

/** A rule for all resources of a type. `problem` completes a sentence that starts with the resource's id. */
export function violationsOf(
  type: string,
  violates: (properties: Properties, found: Found) => boolean,
  problem: string,
): Rule {
  return (template) =>
    resourcesOf(template, type)
      .filter((found) => violates(found.properties, found))
      .map(({ id }) => `${id} ${problem}`);
}

/** CloudFormation accepts a single value instead of a list of one. */
export function list(value: Value | undefined): Value[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

export function object(value: Value | undefined): Properties {
  return (value ?? {}) as Properties;
}

export function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** An ingress rule, the id of the resource that contains it, and the security group that it opens. */
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

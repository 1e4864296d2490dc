import { faultsOf, list, object, type Rule } from './rule.ts';
import { resourcesOf } from './template.ts';

export const privateLoadBalancer = faultsOf(
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  ({ Scheme }) => Scheme !== 'internal',
  'faces the internet',
);

/** Its rules let everything out. */
export const defaultSecurityGroupUnused: Rule = (template) =>
  JSON.stringify(template).includes('DefaultSecurityGroup') ? ["something uses the VPC's default security group"] : [];

/** Nobody may connect until a later stack says who. */
export const noOpenIngress: Rule = (template) => {
  const rules = [
    ...resourcesOf(template, 'AWS::EC2::SecurityGroup').flatMap(({ id, properties }) =>
      list(properties['SecurityGroupIngress']).map((rule) => ({ id, rule: object(rule) })),
    ),
    ...resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ id, properties }) => ({ id, rule: properties })),
  ];
  return rules
    .filter(({ rule }) => rule['CidrIp'] !== undefined || rule['CidrIpv6'] !== undefined)
    .map(({ id }) => `${id} lets addresses in, not a security group`);
};

import { faultsOf, ingressRules, list, object, type Rule } from './rule.ts';

export const privateLoadBalancer = faultsOf(
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  ({ Scheme }) => Scheme !== 'internal',
  'faces the internet',
);

/** It holds no data, and with protection a first deployment that failed could not be undone. */
export const removableLoadBalancer = faultsOf(
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  ({ LoadBalancerAttributes }) =>
    list(LoadBalancerAttributes)
      .map(object)
      .some(({ Key, Value }) => Key === 'deletion_protection.enabled' && Value === 'true'),
  'can not be taken back',
);

/** Without a rule of its own in it a group lets everything out; a rule that stands outside may leave that one. */
export const closedEgress = faultsOf(
  'AWS::EC2::SecurityGroup',
  ({ SecurityGroupEgress }) => {
    const rules = list(SecurityGroupEgress).map(object);
    return rules.length === 0 || rules.some(({ IpProtocol }) => IpProtocol === '-1');
  },
  'lets everything out',
);

/** Its rules let everything out. */
export const defaultSecurityGroupUnused: Rule = (template) =>
  JSON.stringify(template).includes('DefaultSecurityGroup') ? ["something uses the VPC's default security group"] : [];

export const noOpenIngress: Rule = (template) =>
  ingressRules(template)
    .filter(({ rule }) => rule['CidrIp'] !== undefined || rule['CidrIpv6'] !== undefined)
    .map(({ id }) => `${id} lets addresses in, not a security group`);

import { violationsOf, ingressRules, list, object, type Rule } from './rule.ts';

export const privateLoadBalancer = violationsOf(
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  ({ Scheme }) => Scheme !== 'internal',
  'faces the internet',
);

/** A load balancer holds no data, and protection would prevent the rollback of a failed first deployment. */
export const removableLoadBalancer = violationsOf(
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  ({ LoadBalancerAttributes }) =>
    list(LoadBalancerAttributes)
      .map(object)
      .some(({ Key, Value }) => Key === 'deletion_protection.enabled' && Value === 'true'),
  'cannot be deleted',
);

/** A group without an egress rule of its own allows all egress, even if a separate resource adds a rule. */
export const closedEgress = violationsOf(
  'AWS::EC2::SecurityGroup',
  ({ SecurityGroupEgress }) => {
    const rules = list(SecurityGroupEgress).map(object);
    return rules.length === 0 || rules.some(({ IpProtocol }) => IpProtocol === '-1');
  },
  'allows all egress',
);

/** The default security group allows all egress. */
export const defaultSecurityGroupUnused: Rule = (template) =>
  JSON.stringify(template).includes('DefaultSecurityGroup') ? ["something uses the VPC's default security group"] : [];

export const noOpenIngress: Rule = (template) =>
  ingressRules(template)
    .filter(({ rule }) => rule['CidrIp'] !== undefined || rule['CidrIpv6'] !== undefined)
    .map(({ id }) => `${id} allows addresses to connect, not a security group`);

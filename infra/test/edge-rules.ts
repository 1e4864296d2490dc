import { cloudFrontPrefixLists } from '../lib/edge/cloudfront-prefix-lists.ts';
import { faultsOf, ingressRules, list, object, text, type Rule } from './rule.ts';
import { referredId, resourcesOf, type Properties } from './template.ts';

const fromCloudFront = new Set<unknown>(Object.values(cloudFrontPrefixLists));

/** What is not another security group of ours is CloudFront, and a load balancer takes nobody else. */
export const onlyCloudFrontConnects: Rule = (template) => {
  const loadBalancers = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
  const theirs = new Set(loadBalancers.flatMap(({ properties }) => list(properties['SecurityGroups']).map(referredId)));
  return ingressRules(template)
    .filter(({ rule }) => !fromCloudFront.has(rule['SourcePrefixListId']))
    .filter(({ group, rule }) => theirs.has(group) || rule['SourceSecurityGroupId'] === undefined)
    .map(({ id }) => `${id} lets in others than CloudFront`);
};

/** The load balancer behind it has no other protection. The ARN of the web ACL comes from the other region's stack. */
export const firewalledDistributions = distributionFaults(({ WebACLId }) => {
  const { StackName, Region, OutputName } = object(object(WebACLId)['Fn::GetStackOutput']);
  const isFirewall = text(StackName ?? '').endsWith('-firewall') && Region === 'us-east-1';
  return !isFirewall || !/GetAttFirewallWebAcl.*Arn/.test(text(OutputName));
}, 'has no firewall');

/** A name of CloudFront's own has a minimum of CloudFront's own. */
export const modernTls = distributionFaults(
  ({ Aliases, ViewerCertificate }) =>
    Aliases !== undefined && !/^TLSv1\.[23]_/.test(text(object(ViewerCertificate)['MinimumProtocolVersion'])),
  'speaks outdated TLS',
);

export const httpsOnly = distributionFaults(
  ({ DefaultCacheBehavior }) => object(DefaultCacheBehavior)['ViewerProtocolPolicy'] !== 'https-only',
  'can be used without TLS',
);

/** CloudFront's own policies, CachingDisabled and AllViewer. */
const NOTHING_KEPT = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_PASSED = '216adef6-5c7f-47e4-b989-5492eafa07d3';

/** An answer is for one caller; a compressed one has another ETag, which If-Match would not know. */
export const unchangedByEdge = distributionFaults(({ DefaultCacheBehavior, CacheBehaviors }) => {
  const { CachePolicyId, OriginRequestPolicyId, Compress } = object(DefaultCacheBehavior);
  const isUnchanged = CachePolicyId === NOTHING_KEPT && OriginRequestPolicyId === ALL_PASSED && Compress === false;
  return !isUnchanged || CacheBehaviors !== undefined;
}, 'keeps or changes what passes');

/** A feed tells a sign of life every 15 s; the load balancer ends a connection that is idle for 60 s. */
export const patientOrigin = distributionFaults(
  ({ Origins }) =>
    list(Origins).some((origin) => {
      const { OriginReadTimeout, OriginKeepaliveTimeout } = object(object(origin)['VpcOriginConfig']);
      return !(Number(OriginReadTimeout) >= 30 && Number(OriginKeepaliveTimeout) < 60);
    }),
  'ends a feed or meets a closed connection',
);

export const limitedAddresses = faultsOf(
  'AWS::WAFv2::WebACL',
  ({ Rules }) =>
    !list(Rules).some((rule) => {
      const { Statement, Action } = object(rule);
      const { AggregateKeyType } = object(object(Statement)['RateBasedStatement']);
      return AggregateKeyType === 'IP' && object(Action)['Block'] !== undefined;
    }),
  'does not limit what one address may ask',
);

/** Rules of AWS that look at a body would refuse large orders and free text. */
export const unjudgedBodies = faultsOf(
  'AWS::WAFv2::WebACL',
  ({ Rules }) => {
    const group = list(Rules)
      .map((rule) => object(object(object(rule)['Statement'])['ManagedRuleGroupStatement']))
      .find(({ Name }) => Name === 'AWSManagedRulesCommonRuleSet');
    const counted = list(group?.['RuleActionOverrides']).map((override) => object(override));
    return ['SizeRestrictions_BODY', 'CrossSiteScripting_BODY', 'GenericLFI_BODY', 'GenericRFI_BODY'].some(
      (name) => !counted.some(({ Name, ActionToUse }) => Name === name && object(ActionToUse)['Count'] !== undefined),
    );
  },
  'refuses good orders by their body',
);

/** One that is in use can not be changed: a deployment with another tag would fail. */
export const untaggedOrigins = faultsOf('AWS::CloudFront::VpcOrigin', ({ Tags }) => Tags !== undefined, 'has tags');

/** CDK makes some on its own, to look up or to clean up; they would be ours to keep up to date. */
export const noFunctions = faultsOf('AWS::Lambda::Function', () => true, 'is a function');

function distributionFaults(faulty: (config: Properties) => boolean, rule: string): Rule {
  return faultsOf(
    'AWS::CloudFront::Distribution',
    ({ DistributionConfig }) => faulty(object(DistributionConfig)),
    rule,
  );
}

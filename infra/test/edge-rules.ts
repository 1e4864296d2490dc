import { cloudFrontPrefixLists } from '../lib/edge/cloudfront-prefix-lists.ts';
import { violationsOf, ingressRules, list, object, text, type Rule } from './rule.ts';
import { referredId, resourcesOf, type Properties } from './template.ts';

const fromCloudFront = new Set<unknown>(Object.values(cloudFrontPrefixLists));

/** Only CloudFront may connect to a load balancer; only CloudFront and our own security groups to anything else. */
export const onlyCloudFrontConnects: Rule = (template) => {
  const loadBalancers = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
  const theirs = new Set(loadBalancers.flatMap(({ properties }) => list(properties['SecurityGroups']).map(referredId)));
  return ingressRules(template)
    .filter(({ rule }) => !fromCloudFront.has(rule['SourcePrefixListId']))
    .filter(({ group, rule }) => theirs.has(group) || rule['SourceSecurityGroupId'] === undefined)
    .map(({ id }) => `${id} allows others than CloudFront to connect`);
};

/** The firewall is the only protection of the load balancer, except in a stage that has none. */
export const firewalledDistributions: Rule = (template) => {
  const acls = resourcesOf(template, 'AWS::WAFv2::WebACL').map(({ id }) => id);
  return distributionViolations(
    ({ WebACLId }) => !acls.includes(referredId(WebACLId) as string),
    'has no firewall',
  )(template);
};

/** Without a domain, CloudFront sets its own minimum. */
export const modernTls = distributionViolations(
  ({ Aliases, ViewerCertificate }) =>
    Aliases !== undefined && !/^TLSv1\.[23]_/.test(text(object(ViewerCertificate)['MinimumProtocolVersion'])),
  'accepts outdated TLS',
);

export const httpsOnly = distributionViolations(
  ({ DefaultCacheBehavior }) => object(DefaultCacheBehavior)['ViewerProtocolPolicy'] !== 'https-only',
  'can be used without TLS',
);

/** The ids of CloudFront's own policies CachingDisabled and AllViewer. */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER = '216adef6-5c7f-47e4-b989-5492eafa07d3';

/** An answer is for one caller, and a compressed one would have another ETag, which the api does not accept in If-Match. */
export const unchangedByEdge = distributionViolations(({ DefaultCacheBehavior, CacheBehaviors }) => {
  const { CachePolicyId, OriginRequestPolicyId, Compress } = object(DefaultCacheBehavior);
  const isUnchanged = CachePolicyId === CACHING_DISABLED && OriginRequestPolicyId === ALL_VIEWER && Compress === false;
  return !isUnchanged || CacheBehaviors !== undefined;
}, 'caches or changes requests or answers');

/** A feed sends a heartbeat every 15 s; the load balancer closes a connection that is idle for 60 s. */
export const patientOrigin = distributionViolations(
  ({ Origins }) =>
    list(Origins).some((origin) => {
      const { OriginReadTimeout, OriginKeepaliveTimeout } = object(object(origin)['VpcOriginConfig']);
      return !(Number(OriginReadTimeout) >= 30 && Number(OriginKeepaliveTimeout) < 60);
    }),
  'cuts off a feed or uses a closed connection',
);

export const limitedAddresses = violationsOf(
  'AWS::WAFv2::WebACL',
  ({ Rules }) =>
    !list(Rules).some((rule) => {
      const { Statement, Action } = object(rule);
      const { AggregateKeyType } = object(object(Statement)['RateBasedStatement']);
      return AggregateKeyType === 'IP' && object(Action)['Block'] !== undefined;
    }),
  'does not limit the requests of one address',
);

/** AWS rules that inspect bodies would refuse large orders and free text. */
export const unjudgedBodies = violationsOf(
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
  'refuses valid orders because of their body',
);

/** A VPC origin in use cannot be changed: a deployment with another tag would fail. */
export const untaggedOrigins = violationsOf('AWS::CloudFront::VpcOrigin', ({ Tags }) => Tags !== undefined, 'has tags');

/** CDK adds functions of its own for lookups and clean-up; we would have to keep them up to date. */
export const noFunctions = violationsOf('AWS::Lambda::Function', () => true, 'is a function');

function distributionViolations(violates: (config: Properties) => boolean, problem: string): Rule {
  return violationsOf(
    'AWS::CloudFront::Distribution',
    ({ DistributionConfig }) => violates(object(DistributionConfig)),
    problem,
  );
}

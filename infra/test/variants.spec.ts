import type { StageConfig, TokenIssuer } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';
import { goldenTemplate } from './golden-templates.ts';
import { list, object } from './rule.ts';
import { rules } from './rules.ts';
import { synthesizeUnchecked, type Templates } from './synthesized.ts';
import { referredId, resourcesOf, type Properties, type Template } from './template.ts';
import { american, variant } from './variants.ts';

/* `golden.spec.ts` checks the stages of `variants.ts` with cdk-nag and the schemas of CloudFormation. */

const templates = synthesizeUnchecked(variant);
const services = templates['services'] as Template;
const edge = templates['edge'] as Template;

/** Rules that apply only to a stage that keeps its data. */
const RULES_OF_RETAINED_DATA = ['retainedData', 'recoverableTables', 'protectedUsers'];

/** Names that two resources of a type share, in any of the stacks. */
function duplicateNames(all: Templates, type: string, property: string): unknown[] {
  const names = Object.values(all).flatMap((template) => resourcesOf(template, type));
  const named = names.map(({ properties }) => properties[property]);
  return named.filter((name, position) => named.indexOf(name) !== position);
}

describe('a stage in us-east-1, the region of its edge', () => {
  const americanTemplates = synthesizeUnchecked(american);

  it.each([
    ['AWS::SNS::Topic', 'TopicName'],
    ['AWS::CloudWatch::Alarm', 'AlarmName'],
    ['AWS::Logs::LogGroup', 'LogGroupName'],
  ])('has no two %s with the same name', (type, property) => {
    expect(duplicateNames(americanTemplates, type, property).filter((name) => name !== undefined)).toEqual([]);
  });
});

describe('a stage with an issuer, a domain and no Spot', () => {
  it.each(Object.entries(rules).filter(([name]) => !RULES_OF_RETAINED_DATA.includes(name)))(
    'complies with the rule %s',
    (_, rule) => {
      expect(Object.values(templates).flatMap(rule)).toEqual([]);
    },
  );

  it('has no user pool, and the api trusts the issuer', () => {
    expect(templates).not.toHaveProperty('identity');
    const environment = JSON.stringify(services);
    expect(environment).toContain('{"Name":"AUTH_ISSUER","Value":"https://id.example.com"}');
    expect(environment).toContain('{"Name":"AUTH_AUDIENCE_CLAIM","Value":"aud"}');
    expect(environment).not.toContain('AUTH_ROLE_SCOPE_PREFIX');
  });

  it("allows the origins of the shop's pages", () => {
    const shopUrls = ['https://shop.example.com/', 'https://shop.example.com/basket'];
    const staffUrls = ['http://localhost:8080/'];
    const called = synthesizeUnchecked({ ...variant, shopUrls, staffUrls })['services'] as Template;
    expect(JSON.stringify(called)).toContain(
      '{"Name":"CORS_ORIGINS","Value":"https://shop.example.com,http://localhost:8080"}',
    );
    const uncalled = synthesizeUnchecked({ ...variant, shopUrls: [], staffUrls: [] })['services'] as Template;
    expect(JSON.stringify(uncalled)).not.toContain('CORS_ORIGINS');
  });

  it('listens with TLS and its own certificate', () => {
    expect(resourcesOf(services, 'AWS::ElasticLoadBalancingV2::Listener').map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        Protocol: 'HTTPS',
        Certificates: [{ CertificateArn: variant.domain?.originCertificateArn }],
      }),
    ]);
  });

  it('lets the load balancer verify tokens, except on public paths', () => {
    const [listener] = resourcesOf(services, 'AWS::ElasticLoadBalancingV2::Listener');
    expect(listener?.properties['DefaultActions']).toEqual([
      {
        Type: 'jwt-validation',
        Order: 1,
        JwtValidationConfig: { Issuer: 'https://id.example.com', JwksEndpoint: 'https://id.example.com/keys' },
      },
      expect.objectContaining({ Type: 'forward', Order: 2 }),
    ]);
    const [open, preflight] = resourcesOf(services, 'AWS::ElasticLoadBalancingV2::ListenerRule');
    const Values = ['/health/*', '/docs', '/docs/*', '/openapi.json', '/asyncapi.json'];
    expect(open?.properties).toMatchObject({
      Actions: [{ Type: 'forward' }],
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values } }],
    });
    expect(preflight?.properties).toMatchObject({
      Actions: [{ Type: 'forward' }],
      Conditions: [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['OPTIONS'] } }],
    });
  });

  it('lets the load balancer fetch the keys of the issuer', () => {
    const [loadBalancer] = resourcesOf(services, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    const [group] = list(loadBalancer?.properties['SecurityGroups']).map(referredId);
    expect(services.Resources[group as string]?.Properties?.['SecurityGroupEgress']).toContainEqual(
      expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 }),
    );
  });

  it('has its own name, with TLS up to the load balancer', () => {
    const [distribution] = resourcesOf(edge, 'AWS::CloudFront::Distribution');
    expect(distribution?.properties['DistributionConfig']).toMatchObject({
      Aliases: ['orders.example.com'],
      ViewerCertificate: {
        AcmCertificateArn: variant.domain?.edgeCertificateArn,
        MinimumProtocolVersion: 'TLSv1.2_2021',
      },
    });
    expect(JSON.stringify(object(distribution?.properties['DistributionConfig'])['Origins'])).not.toContain(
      'orders.example.com',
    );
    const [origin] = resourcesOf(edge, 'AWS::CloudFront::VpcOrigin');
    expect(origin?.properties['VpcOriginEndpointConfig']).toMatchObject({ OriginProtocolPolicy: 'https-only' });
  });

  it('has the same ingress rule for CloudFront as without a domain, because a second would exceed the limit', () => {
    const ingressOf = (template: Template) =>
      resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ id, properties }) => {
        const { SourcePrefixListId, IpProtocol, FromPort, ToPort } = properties;
        return { id, SourcePrefixListId, IpProtocol, FromPort, ToPort };
      });
    expect(ingressOf(edge)).toEqual(ingressOf(goldenTemplate('edge')));
    expect(ingressOf(edge)).toEqual([expect.objectContaining({ ToPort: 443 })]);
  });

  const staff = { issuer: 'https://staff.example.com', audience: 'staff', jwksUrl: 'https://staff.example.com/keys' };

  it.each<[string, Partial<TokenIssuer>]>([
    ['are not signed with RS256', { rs256: false }],
    ['come from two issuers', { staff }],
  ])('leaves tokens that %s to the api', (_, changes) => {
    const tokenIssuer = { ...(variant.tokenIssuer as TokenIssuer), ...changes };
    const unverified = JSON.stringify(synthesizeUnchecked({ ...variant, tokenIssuer })['services']);
    expect(unverified).not.toContain('jwt-validation');
    expect(unverified.includes('{"Name":"AUTH_STAFF_ISSUER","Value":"https://staff.example.com"}')).toBe(
      'staff' in changes,
    );
  });

  it('starts the first worker by a policy that adds tasks', () => {
    const alarms = resourcesOf(services, 'AWS::CloudWatch::Alarm').filter(({ id }) => id.includes('Wake'));
    expect(alarms.map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        Threshold: 1,
        EvaluationPeriods: 1,
        Metrics: expect.arrayContaining([
          expect.objectContaining({ Expression: 'IF(FILL(running, 0) > 0, 0, FILL(visible, 0))' }),
        ]),
      }),
    ]);
  });

  it('does not alarm for a missing worker while the queue is empty', () => {
    const alarms = resourcesOf(templates['observability'] as Template, 'AWS::CloudWatch::Alarm');
    const [missing] = alarms.filter(
      ({ properties }) => properties['AlarmName'] === 'fargate-orders-dev-no-worker-task',
    );
    expect(missing?.properties).toMatchObject({
      TreatMissingData: 'notBreaching',
      Metrics: expect.arrayContaining([
        expect.objectContaining({ Expression: 'IF(FILL(running, 0) > 0, 0, FILL(visible, 0))' }),
      ]),
    });
  });

  it('runs no worker on Spot', () => {
    const strategies = resourcesOf(services, 'AWS::ECS::Service').flatMap(
      ({ properties }) => (properties['CapacityProviderStrategy'] ?? []) as Properties[],
    );
    expect(strategies.map(({ CapacityProvider }) => CapacityProvider)).toEqual(['FARGATE']);
  });

  it('has no collector beside its apps, and no variable for one', () => {
    expect(JSON.stringify(services)).not.toMatch(/trace-collector|OTEL_EXPORTER_OTLP_ENDPOINT|xray:/);
  });

  it('deletes its data with the stack', () => {
    const policies = Object.values(templates['data']?.Resources ?? {}).map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policies.filter((policy) => policy?.startsWith('Retain'))).toEqual([]);
  });
});

describe('a stage whose orders table was restored', () => {
  const restoredOrdersStreamArn =
    'arn:aws:dynamodb:eu-west-1:123456789012:table/fargate-orders-production-orders/stream/2030-01-01T00:00:00.000';
  const restored = synthesizeUnchecked({ ...(stages['production'] as StageConfig), restoredOrdersStreamArn });

  it('has a relay that reads the stream of the restored table and may read no other', () => {
    const services = JSON.stringify(restored['services']);
    expect(services).toContain(`{"Name":"ORDERS_STREAM_ARN","Value":"${restoredOrdersStreamArn}"}`);
    expect(services).toContain(`"Resource":"${restoredOrdersStreamArn}","Sid":"ReadStream"`);
    expect(services).not.toContain('StreamArnE8647DC2');
  });

  it('keeps its data stack unchanged, which running services still import', () => {
    expect(restored['data']).toEqual(goldenTemplate('data'));
  });
});

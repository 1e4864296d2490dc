import type { StageConfig } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';
import { goldenTemplate } from './golden-templates.ts';
import { list, object } from './rule.ts';
import { rules } from './rules.ts';
import { synthesize, type Templates } from './synthesized.ts';
import { referredId, resourcesOf, type Properties, type Template } from './template.ts';

const dev = stages['dev'] as StageConfig;

/** Dev with what a stage may have else: an issuer of its own, a domain, no Spot. */
const variant: StageConfig = {
  ...dev,
  account: '123456789012',
  services: { ...dev.services, worker: { ...dev.services.worker, minTasks: 0, spotWeight: 0 } },
  tokenIssuer: {
    issuer: 'https://id.example.com',
    audience: 'orders',
    jwksUrl: 'https://id.example.com/keys',
    rolesClaim: 'roles',
    rs256: true,
  },
  domain: {
    name: 'orders.example.com',
    edgeCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/edge',
    originCertificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/origin',
  },
};

const templates = synthesize(variant);
const services = templates['services'] as Template;
const edge = templates['edge'] as Template;

/** What a stage that may lose its data does not keep. */
const OF_KEPT_DATA = ['retainedData', 'recoverableTables', 'protectedUsers'];

/** Names that two resources of a kind have in one region, whichever of the stacks they are in. */
function doubledNames(all: Templates, type: string, property: string): unknown[] {
  const names = Object.values(all).flatMap((template) => resourcesOf(template, type));
  const named = names.map(({ properties }) => properties[property]);
  return named.filter((name, position) => named.indexOf(name) !== position);
}

describe('a stage in us-east-1, where the edge stands too', () => {
  const american = synthesize({ ...dev, region: 'us-east-1' });

  it.each([
    ['AWS::SNS::Topic', 'TopicName'],
    ['AWS::CloudWatch::Alarm', 'AlarmName'],
    ['AWS::Logs::LogGroup', 'LogGroupName'],
  ])('has no two %s of one name', (type, property) => {
    expect(doubledNames(american, type, property).filter((name) => name !== undefined)).toEqual([]);
  });
});

describe('a stage with an issuer, a domain and no Spot', () => {
  it.each(Object.entries(rules).filter(([name]) => !OF_KEPT_DATA.includes(name)))('keeps the rule %s', (_, rule) => {
    expect(Object.values(templates).flatMap(rule)).toEqual([]);
  });

  it('makes no user pool, and the api trusts the issuer', () => {
    expect(templates).not.toHaveProperty('identity');
    const environment = JSON.stringify(services);
    expect(environment).toContain('{"Name":"AUTH_ISSUER","Value":"https://id.example.com"}');
    expect(environment).toContain('{"Name":"AUTH_AUDIENCE_CLAIM","Value":"aud"}');
    expect(environment).not.toContain('AUTH_ROLE_SCOPE_PREFIX');
  });

  it("lets the shop's pages call, by their origins", () => {
    const shopUrls = ['https://shop.example.com/', 'https://shop.example.com/basket', 'http://localhost:8080/'];
    const called = synthesize({ ...variant, shopUrls })['services'] as Template;
    expect(JSON.stringify(called)).toContain(
      '{"Name":"CORS_ORIGINS","Value":"https://shop.example.com,http://localhost:8080"}',
    );
    const uncalled = synthesize({ ...variant, shopUrls: [] })['services'] as Template;
    expect(JSON.stringify(uncalled)).not.toContain('CORS_ORIGINS');
  });

  it('listens by TLS with its own certificate', () => {
    expect(resourcesOf(services, 'AWS::ElasticLoadBalancingV2::Listener').map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        Protocol: 'HTTPS',
        Certificates: [{ CertificateArn: variant.domain?.originCertificateArn }],
      }),
    ]);
  });

  it('lets the load balancer verify tokens, but for what is public', () => {
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

  it('is found under its own name, by TLS all the way', () => {
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

  it('lets CloudFront in as without a domain: a second rule for its prefix list has no room beside the first', () => {
    const ingressOf = (template: Template) =>
      resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ id, properties }) => {
        const { SourcePrefixListId, IpProtocol, FromPort, ToPort } = properties;
        return { id, SourcePrefixListId, IpProtocol, FromPort, ToPort };
      });
    expect(ingressOf(edge)).toEqual(ingressOf(goldenTemplate('edge')));
    expect(ingressOf(edge)).toEqual([expect.objectContaining({ ToPort: 443 })]);
  });

  it('leaves tokens that a load balancer can not verify to the api', () => {
    const tokenIssuer = { ...variant.tokenIssuer, rs256: false } as StageConfig['tokenIssuer'];
    const unverified = synthesize({ ...variant, ...(tokenIssuer && { tokenIssuer }) })['services'] as Template;
    expect(JSON.stringify(unverified)).not.toContain('jwt-validation');
  });

  it('wakes the worker from none by a policy that adds', () => {
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

  it('misses no worker while there is nothing to do', () => {
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

  it('has no collector beside its apps, and tells them of none', () => {
    expect(JSON.stringify(services)).not.toMatch(/trace-collector|OTEL_EXPORTER_OTLP_ENDPOINT|xray:/);
  });

  it('lets its data go with the stack', () => {
    const policies = Object.values(templates['data']?.Resources ?? {}).map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policies.filter((policy) => policy?.startsWith('Retain'))).toEqual([]);
  });
});

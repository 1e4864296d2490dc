import type { StageConfig } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';
import { rules } from './rules.ts';
import { synthesize } from './synthesized.ts';
import { resourcesOf, type Properties, type Template } from './template.ts';

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
  },
  domain: {
    name: 'orders.example.com',
    edgeCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/edge',
    originCertificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/origin',
  },
};

const templates = synthesize(variant);
const services = templates['services'] as Template;

/** What a stage that may lose its data does not keep. */
const OF_KEPT_DATA = ['retainedData', 'recoverableTables'];

describe('a stage with an issuer, a domain and no Spot', () => {
  it.each(Object.entries(rules).filter(([name]) => !OF_KEPT_DATA.includes(name)))('keeps the rule %s', (_, rule) => {
    expect(Object.values(templates).flatMap(rule)).toEqual([]);
  });

  it('makes no user pool, and the api trusts the issuer', () => {
    expect(templates).not.toHaveProperty('identity');
    expect(JSON.stringify(services)).toContain('{"Name":"AUTH_ISSUER","Value":"https://id.example.com"}');
  });

  it('listens by TLS with its own certificate', () => {
    expect(resourcesOf(services, 'AWS::ElasticLoadBalancingV2::Listener').map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        Protocol: 'HTTPS',
        Certificates: [{ CertificateArn: variant.domain?.originCertificateArn }],
      }),
    ]);
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
    expect(policies).not.toContain('Retain');
  });
});

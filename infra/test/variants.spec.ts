import type { StageConfig, TokenIssuer } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';
import { goldenTemplate, goldenTemplates } from './golden-templates.ts';
import { list, object } from './rule.ts';
import { rules } from './rules.ts';
import { synthesizeUnchecked, type Templates } from './synthesized.ts';
import { referredId, resourcesOf, type Properties, type Template } from './template.ts';
import { complete, variants } from './variants.ts';

const { named, organization, addressed, small } = variants;
const synthesized = Object.fromEntries(
  Object.entries(variants).map(([name, config]) => [name, synthesizeUnchecked(config)]),
) as Record<keyof typeof variants, Templates>;
const templates = synthesized.named;
const services = templates['services'] as Template;
const frontDoor = templates['front-door'] as Template;

/** Rules that do not apply to a stage that may lose its data, to one without NAT gateways, and to one without a firewall. */
const exceptions = ({ retainData, natGateways, existingVpc, edge }: StageConfig): string[] => [
  ...(retainData ? [] : ['retainedData', 'recoverableTables', 'protectedUsers']),
  ...(natGateways === 0 && !existingVpc ? ['noPublicIp'] : []),
  ...(edge.firewall ? [] : ['firewalledDistributions']),
];

describe.each(Object.keys(variants) as (keyof typeof variants)[])('the variant %s', (name) => {
  it.each(Object.entries(rules).filter(([rule]) => !exceptions(variants[name]).includes(rule)))(
    'complies with the rule %s',
    (_, rule) => {
      expect(Object.values(synthesized[name]).flatMap(rule)).toEqual([]);
    },
  );
});

/** Names that two resources of a type share, in any of the stacks. */
function duplicateNames(all: Templates, type: string, property: string): unknown[] {
  const names = Object.values(all).flatMap((template) => resourcesOf(template, type));
  const named = names.map(({ properties }) => properties[property]);
  return named.filter((name, position) => named.indexOf(name) !== position);
}

describe('a stage in us-east-1, the region of its edge', () => {
  it.each([
    ['AWS::SNS::Topic', 'TopicName'],
    ['AWS::CloudWatch::Alarm', 'AlarmName'],
    ['AWS::Logs::LogGroup', 'LogGroupName'],
  ])('has no two %s with the same name', (type, property) => {
    expect(duplicateNames(synthesized.american, type, property).filter((name) => name !== undefined)).toEqual([]);
  });
});

describe('a stage with an issuer, a domain and no Spot', () => {
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
    const called = synthesizeUnchecked({ ...named, shopUrls, staffUrls })['services'] as Template;
    expect(JSON.stringify(called)).toContain(
      '{"Name":"CORS_ORIGINS","Value":"https://shop.example.com,http://localhost:8080"}',
    );
    const uncalled = synthesizeUnchecked({ ...named, shopUrls: [], staffUrls: [] })['services'] as Template;
    expect(JSON.stringify(uncalled)).not.toContain('CORS_ORIGINS');
  });

  it('listens with TLS and its own certificate', () => {
    expect(resourcesOf(services, 'AWS::ElasticLoadBalancingV2::Listener').map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        Protocol: 'HTTPS',
        Certificates: [{ CertificateArn: named.domain?.originCertificateArn }],
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
    const [distribution] = resourcesOf(frontDoor, 'AWS::CloudFront::Distribution');
    expect(distribution?.properties['DistributionConfig']).toMatchObject({
      Aliases: ['orders.example.com'],
      ViewerCertificate: {
        AcmCertificateArn: named.domain?.edgeCertificateArn,
        MinimumProtocolVersion: 'TLSv1.2_2021',
      },
    });
    expect(JSON.stringify(object(distribution?.properties['DistributionConfig'])['Origins'])).not.toContain(
      'orders.example.com',
    );
    const [origin] = resourcesOf(frontDoor, 'AWS::CloudFront::VpcOrigin');
    expect(origin?.properties['VpcOriginEndpointConfig']).toMatchObject({ OriginProtocolPolicy: 'https-only' });
  });

  it('has the same ingress rule for CloudFront as without a domain, because a second would exceed the limit', () => {
    const ingressOf = (template: Template) =>
      resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ id, properties }) => {
        const { SourcePrefixListId, IpProtocol, FromPort, ToPort } = properties;
        return { id, SourcePrefixListId, IpProtocol, FromPort, ToPort };
      });
    const fromCloudFront = ingressOf(services).filter(({ SourcePrefixListId }) => SourcePrefixListId !== undefined);
    expect(fromCloudFront).toEqual([expect.objectContaining({ ToPort: 443 })]);
    expect(ingressOf(goldenTemplate('services'))).toEqual(expect.arrayContaining(fromCloudFront));
  });

  const staff = { issuer: 'https://staff.example.com', audience: 'staff', jwksUrl: 'https://staff.example.com/keys' };

  it.each<[string, Partial<TokenIssuer>]>([
    ['are not signed with RS256', { rs256: false }],
    ['come from two issuers', { staff }],
  ])('leaves tokens that %s to the api', (_, changes) => {
    const tokenIssuer = { ...(named.tokenIssuer as TokenIssuer), ...changes };
    const unverified = JSON.stringify(synthesizeUnchecked({ ...named, tokenIssuer })['services']);
    expect(unverified).not.toContain('jwt-validation');
    expect(unverified.includes('{"Name":"AUTH_STAFF_ISSUER","Value":"https://staff.example.com"}')).toBe(
      'staff' in changes,
    );
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

  it('deletes its data with the stack, and has no vault, which could not be deleted with a copy in it', () => {
    expect(resourcesOf(templates['data'] as Template, 'AWS::Backup::BackupVault')).toEqual([]);
    const policies = Object.values(templates['data']?.Resources ?? {}).map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policies.filter((policy) => policy?.startsWith('Retain'))).toEqual([]);
  });
});

describe('a stage whose orders table was restored', () => {
  const restoredOrdersStreamArn =
    'arn:aws:dynamodb:eu-west-1:123456789012:table/fargate-orders-production-orders/stream/2030-01-01T00:00:00.000';
  const restored = synthesizeUnchecked({ ...complete, restoredOrdersStreamArn });

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

describe('a stage in the account of an organization', () => {
  const all = JSON.stringify(synthesized.organization);

  it('has no network of its own: its tasks and load balancer are in the private subnets of the existing VPC', () => {
    expect(synthesized.organization).not.toHaveProperty('network');
    const inSubnets = ['AWS::ECS::Service', 'AWS::ElasticLoadBalancingV2::LoadBalancer'].flatMap((type) =>
      resourcesOf(synthesized.organization['services'] as Template, type),
    );
    expect(inSubnets).toHaveLength(4);
    for (const { properties } of inSubnets)
      expect(JSON.stringify(properties)).toContain('["subnet-0a1b2c3d","subnet-0c1b2c3d"]');
    expect(all).toContain('"CidrIp":"10.20.0.0/16"');
  });

  it('limits every role by the boundary', () => {
    const roles = Object.values(synthesized.organization).flatMap((template) =>
      resourcesOf(template, 'AWS::IAM::Role'),
    );
    expect(roles.length).toBeGreaterThan(6);
    const limited = roles.filter(({ properties }) =>
      JSON.stringify(properties['PermissionsBoundary']).includes(':policy/developers'),
    );
    expect(limited).toHaveLength(roles.length);
  });

  it('has its tags, and is deployed with the qualifier of the bootstrap', () => {
    const [queue] = resourcesOf(synthesized.organization['data'] as Template, 'AWS::SQS::Queue');
    expect(queue?.properties['Tags']).toContainEqual({ Key: 'cost-center', Value: '4711' });
    expect(all).toContain('hnb659fds');
  });

  it('copies its backups into the vault', () => {
    const [plan] = resourcesOf(synthesized.organization['data'] as Template, 'AWS::Backup::BackupPlan');
    expect(JSON.stringify(plan?.properties)).toContain(
      `"CopyActions":[{"DestinationBackupVaultArn":"${organization.backupCopyVaultArn}"`,
    );
  });

  it('backs up the payment claims with the orders', () => {
    const [selection] = resourcesOf(synthesized.organization['data'] as Template, 'AWS::Backup::BackupSelection');
    const resources = JSON.stringify(selection?.properties);
    expect(resources).toMatch(/OrdersTable.*PaymentClaimsTable/);
  });

  it('has queues and alarms only of its own subscribers', () => {
    expect(all).toContain('fargate-orders-production-accounting.fifo');
    expect(all).not.toMatch(/production-(inventory|fulfillment)/);
  });
});

describe('a stage with addresses and zones of its choice', () => {
  it('has subnets in these zones, within its range', () => {
    const subnets = resourcesOf(synthesized.addressed['network'] as Template, 'AWS::EC2::Subnet');
    expect(subnets.map(({ properties }) => [properties['AvailabilityZone'], properties['CidrBlock']])).toEqual([
      ['eu-west-1b', '10.64.8.0/26'],
      ['eu-west-1c', '10.64.8.64/26'],
      ['eu-west-1b', '10.64.8.128/26'],
      ['eu-west-1c', '10.64.8.192/26'],
    ]);
    expect(addressed.vpcCidr).toBe('10.64.8.0/22');
  });
});

describe('small', () => {
  it('has tasks with public addresses in public subnets, and a load balancer in private ones', () => {
    const { network, services: smallServices } = synthesized.small as Record<string, Template>;
    expect(resourcesOf(network as Template, 'AWS::EC2::NatGateway')).toEqual([]);
    for (const { properties } of resourcesOf(smallServices as Template, 'AWS::ECS::Service')) {
      const network = JSON.stringify(properties['NetworkConfiguration']);
      expect(network).toContain('"AssignPublicIp":"ENABLED"');
      expect(network).toMatch(/egressSubnet1.*egressSubnet2/);
    }
    const [loadBalancer] = resourcesOf(smallServices as Template, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(JSON.stringify(loadBalancer?.properties['Subnets'])).toMatch(/privateSubnet1.*privateSubnet2/);
  });

  it('has no firewall, dashboard, machine client or collector, and is in one region', () => {
    const all = JSON.stringify(synthesized.small);
    expect(all).not.toMatch(/AWS::WAFv2|AWS::CloudWatch::Dashboard|client_credentials|trace-collector/);
    expect(small.region).toBe('us-east-1');
  });

  it('reads an idle stream as seldom as an event may wait', () => {
    const text = JSON.stringify(synthesized.small['services']);
    expect(text).toContain(`{"Name":"RELAY_IDLE_POLL_SECONDS","Value":"${small.eventDelaySeconds}"}`);
    expect(text).toContain(`{"Name":"RELAY_LEASE_SECONDS","Value":"${small.eventDelaySeconds * 10}"}`);
  });
});

describe('reports', () => {
  it('change no other stack, and no stage of the repository has them', () => {
    const { reports: _, ...others } = goldenTemplates();
    const { reports: __, ...without } = complete;
    expect(synthesizeUnchecked(without)).toEqual(others);
    expect(Object.values(stages).filter(({ reports }) => reports)).toEqual([]);
  });
});

describe('a campaign', () => {
  it('changes no service, because ECS may refuse another capacity provider strategy', () => {
    const without = synthesizeUnchecked({ ...(stages['production'] as StageConfig), campaigns: [] });
    expect(resourcesOf(without['services'] as Template, 'AWS::ECS::Service')).toEqual(
      resourcesOf(goldenTemplate('services'), 'AWS::ECS::Service'),
    );
  });
});

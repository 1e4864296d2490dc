import { checkConfig, StageConfigError } from './config-check.ts';
import { cdkQualifierOf, type ExistingVpc, type StageConfig } from './config.ts';
import { variants } from '../test/variants.ts';
import { stages } from './stages.ts';

const production = stages['production'] as StageConfig;
const { organization } = variants;
const existingVpc = organization.existingVpc as ExistingVpc;

function errorsOf(changes: Partial<StageConfig>): readonly string[] {
  try {
    checkConfig({ ...production, ...changes });
    return [];
  } catch (error) {
    return (error as StageConfigError).errors;
  }
}

describe('checkConfig', () => {
  it.each(Object.entries(stages))('accepts the stage %s, under its own name', (name, config) => {
    expect(() => checkConfig(config)).not.toThrow();
    expect(config.stage).toBe(name);
  });

  it('lists every error at once', () => {
    const invalid: Partial<StageConfig> = {
      region: 'Ireland',
      natGateways: 4,
      logRetentionDays: 42,
      alertEmail: 'ops',
    };
    expect(() => checkConfig({ ...production, ...invalid })).toThrow(
      /stage production:\n {2}- region .*\n {2}- logRetentionDays .*\n {2}- natGateways .*\n {2}- alertEmail/,
    );
  });

  it('requires the URL under which people read the runbook', () => {
    const error = [expect.stringContaining('repositoryUrl must be an https URL')];
    expect(errorsOf({ repositoryUrl: 'git@git.example.com:orders' })).toEqual(error);
    expect(errorsOf({ repositoryUrl: 'https://git.example.com/orders/' })).toEqual(error);
  });

  it('requires limits of approval in currencies in use, and a highest rate of tax', () => {
    expect(errorsOf({ wholesaleApprovalLimit: { EUR: 0.5, XXX: 1 }, maxTaxPercent: 101 })).toEqual([
      'wholesaleApprovalLimit.EUR must be a whole number of minor units',
      'wholesaleApprovalLimit.XXX must be the code of a currency in use',
      'maxTaxPercent must be a whole number from 0 to 100',
    ]);
    expect(errorsOf({ wholesaleApprovalLimit: {} })).toEqual(['wholesaleApprovalLimit must have a currency']);
  });

  it('lets callers name prices only where no data is kept, and reads the keys of quotes by https', () => {
    const open = { pricing: { mode: 'open' } } as const;
    expect(errorsOf(open)).toEqual([expect.stringContaining('pricing.mode must be trusted or quote')]);
    expect(errorsOf({ ...open, retainData: false })).toEqual([]);
    expect(errorsOf({ pricing: { mode: 'trusted' } })).toEqual([]);
    const jwksUrl = 'http://shop.example.com/keys';
    expect(errorsOf({ pricing: { mode: 'quote', jwksUrl } })).toEqual(['pricing.jwksUrl must be an https URL']);
  });

  it('accepts only the sizes that Fargate offers', () => {
    const { services } = production;
    const sized = (cpu: number, memoryMiB: number) =>
      errorsOf({ services: { ...services, api: { ...services.api, cpu, memoryMiB } } });
    expect(sized(1_024, 2_048)).toEqual([]);
    expect(sized(512, 512)).toEqual([expect.stringContaining('services.api.memoryMiB must be 1024 to 4096')]);
    expect(sized(300, 512)).toEqual([expect.stringContaining('services.api.cpu must be one of 256')]);
  });

  it('refuses a service without tasks, and fewer workers on demand than the minimum of a campaign', () => {
    const { services } = production;
    const worker = (changes: object) =>
      errorsOf({ services: { ...services, worker: { ...services.worker, ...changes } } });
    expect(worker({ minTasks: 0 })).toEqual([
      expect.stringContaining('services.worker.minTasks must be 1 to maxTasks'),
    ]);
    expect(worker({ onDemandTasks: 9 })).toEqual([expect.stringContaining('services.worker.onDemandTasks must be 10')]);
  });

  it.each<[string, Partial<StageConfig>]>([
    ['availabilityZones must be 2 to 6', { availabilityZones: 1 }],
    ['availabilityZones must be a number or different zones', { availabilityZones: ['eu-west-1a', 'us-east-1b'] }],
    ['availabilityZones must be a number or different zones', { availabilityZones: ['eu-west-1a', 'eu-west-1a'] }],
    ['natGateways must be 0 to', { natGateways: 4 }],
    ['vpcCidr must be', { vpcCidr: '10.0.0.0/8' }],
    ['vpcCidr must be', { vpcCidr: '10.0.4.0/20' }],
    ['vpcCidr must be', { vpcCidr: '10.0.0/16' }],
    ['existingVpc.id', { ...organization, existingVpc: { ...existingVpc, id: 'orders' } }],
    ['existingVpc.cidr', { ...organization, existingVpc: { ...existingVpc, cidr: '10.0.0.0' } }],
    [
      'existingVpc.privateSubnetIds',
      { ...organization, existingVpc: { ...existingVpc, privateSubnetIds: ['subnet-0a1b2c3d'] } },
    ],
    ['availabilityZones must be names', { ...organization, availabilityZones: 2 }],
    ['natGateways must be 0 and vpcCidr absent', { ...organization, natGateways: 1 }],
    ['natGateways must be 0 and vpcCidr absent', { ...organization, vpcCidr: '10.0.0.0/16' }],
    [
      'natGateways must be 1 or more with tokenIssuer.rs256',
      { ...variants.named, stage: 'production', natGateways: 0 },
    ],
    ['permissionsBoundary must be the name', { permissionsBoundary: 'arn:aws:iam::123456789012:policy/developers' }],
    ['tags.team', { tags: { team: 'shop & orders' } }],
    ['tags.aws:team is reserved', { tags: { 'aws:team': 'shop' } }],
    ['tags.stage is reserved', { tags: { stage: 'shop' } }],
    ['backupCopyVaultArn must be the ARN', { backupCopyVaultArn: 'orders' }],
    [
      'backupCopyVaultArn needs retainData',
      { retainData: false, backupCopyVaultArn: organization.backupCopyVaultArn ?? '' },
    ],
    ['eventDelaySeconds must be 1 to 20', { eventDelaySeconds: 0 }],
    ['reports.scanLimitGb must be 1 to 100000', { reports: { scanLimitGb: 0.5 } }],
  ])('says "%s"', (error, changes) => {
    expect(errorsOf(changes)).toEqual([expect.stringContaining(error)]);
  });

  it('refuses a campaign above the maximum, below the usual minimum, or that ends before it starts', () => {
    const campaign = { name: 'sale', start: '2027-05-01T08:00:00Z', end: '2027-05-01T07:00:00Z' };
    expect(errorsOf({ campaigns: [{ ...campaign, minTasks: { api: 31, worker: 0 } }] })).toEqual([
      'campaign sale: end must be after start',
      expect.stringContaining('minTasks.api must be 3 to 30'),
      expect.stringContaining('minTasks.worker must be 1 to 40'),
    ]);
  });

  it('refuses campaigns that overlap: the end of one would remove the minimum of the other', () => {
    const campaigns = [
      { name: 'second', start: '2027-05-02T08:00:00Z', end: '2027-05-03T08:00:00Z', minTasks: {} },
      { name: 'first', start: '2027-05-01T08:00:00Z', end: '2027-05-02T07:30:00Z', minTasks: {} },
    ];
    expect(errorsOf({ campaigns })).toEqual(['campaign second must start at least an hour after first ends']);
  });

  it("accepts only a stream of the stage's own orders table as restored", () => {
    const restoredOrdersStreamArn =
      'arn:aws:dynamodb:eu-west-1:123456789012:table/fargate-orders-production-orders/stream/2030-01-01T00:00:00.000';
    expect(errorsOf({ restoredOrdersStreamArn })).toEqual([]);
    expect(errorsOf({ restoredOrdersStreamArn: restoredOrdersStreamArn.replace('production', 'dev') })).toEqual([
      'restoredOrdersStreamArn must be the ARN of a stream of the table fargate-orders-production-orders in eu-west-1',
    ]);
  });

  it('requires each certificate in the region that reads it', () => {
    const certificateArn = 'arn:aws:acm:eu-west-1:123456789012:certificate/1';
    const domain = {
      name: 'orders.example.com',
      edgeCertificateArn: certificateArn,
      originCertificateArn: certificateArn,
    };
    expect(errorsOf({ domain })).toEqual([expect.stringContaining('edgeCertificateArn')]);
  });

  it('refuses a limit for an address that is below the quota of a caller', () => {
    expect(errorsOf({ edge: { ...production.edge, requestsPerMinute: 5_999 } })).toEqual([
      'edge.requestsPerMinute must be a whole number, at least 6000, the quota of a caller',
    ]);
  });

  it('requires a region whose CloudFront prefix list is known', () => {
    expect(errorsOf({ region: 'af-south-1' })).toEqual([expect.stringContaining('cloudfront-prefix-lists.ts')]);
  });

  it.each(['shopUrls', 'staffUrls'] as const)('accepts only TLS pages, or localhost, as %s', (field) => {
    expect(errorsOf({ [field]: ['http://localhost:8080/', 'https://shop.example.com/'] })).toEqual([]);
    expect(errorsOf({ [field]: ['http://shop.example.com/'] })).toEqual([expect.stringContaining(field)]);
    expect(errorsOf({ [field]: [] })).toEqual([expect.stringContaining(field)]);
  });

  it('requires an issuer for staff that is not the issuer of customers', () => {
    const issuer = { issuer: 'https://id.example.com', audience: 'orders', jwksUrl: 'https://id.example.com/keys' };
    const staff = { ...issuer, issuer: 'https://staff.example.com' };
    expect(errorsOf({ tokenIssuer: { ...issuer, rolesClaim: 'roles', staff } })).toEqual([]);
    expect(errorsOf({ tokenIssuer: { ...issuer, rolesClaim: 'roles', staff: { ...issuer, audience: '' } } })).toEqual([
      'tokenIssuer.staff.audience must not be empty',
      expect.stringContaining('tokenIssuer.staff.issuer must be another issuer'),
    ]);
  });

  it('requires a qualifier of a stage whose name is too long to be one, and another for each stage', () => {
    expect(errorsOf({ stage: 'integration' })).toEqual([expect.stringContaining('cdkQualifier')]);
    expect(errorsOf({ stage: 'integration', cdkQualifier: 'int' })).toEqual([]);
    const qualifiers = Object.values(stages).map(cdkQualifierOf);
    expect(new Set(qualifiers).size).toBe(qualifiers.length);
  });
});

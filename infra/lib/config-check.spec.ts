import { checkConfig, StageConfigError } from './config-check.ts';
import type { StageConfig } from './config.ts';
import { stages } from './stages.ts';

const production = stages['production'] as StageConfig;

function faultsOf(changes: Partial<StageConfig>): readonly string[] {
  try {
    checkConfig({ ...production, ...changes });
    return [];
  } catch (error) {
    return (error as StageConfigError).faults;
  }
}

describe('checkConfig', () => {
  it.each(Object.entries(stages))('takes the stage %s, under its own name', (name, config) => {
    expect(() => checkConfig(config)).not.toThrow();
    expect(config.stage).toBe(name);
  });

  it('lists every fault at once', () => {
    const faulty: Partial<StageConfig> = { region: 'Ireland', natGateways: 4, logRetentionDays: 42, alertEmail: 'ops' };
    expect(() => checkConfig({ ...production, ...faulty })).toThrow(
      /stage production:\n {2}- region .*\n {2}- natGateways .*\n {2}- logRetentionDays .*\n {2}- alertEmail/,
    );
  });

  it('wants to know where the runbook is read', () => {
    const fault = [expect.stringContaining('repositoryUrl must be an https URL')];
    expect(faultsOf({ repositoryUrl: 'git@git.example.com:orders' })).toEqual(fault);
    expect(faultsOf({ repositoryUrl: 'https://git.example.com/orders/' })).toEqual(fault);
  });

  it('knows the sizes that Fargate has', () => {
    const { services } = production;
    const sized = (cpu: number, memoryMiB: number) =>
      faultsOf({ services: { ...services, api: { ...services.api, cpu, memoryMiB } } });
    expect(sized(1_024, 2_048)).toEqual([]);
    expect(sized(512, 512)).toEqual([expect.stringContaining('services.api.memoryMiB must be 1024 to 4096')]);
    expect(sized(300, 512)).toEqual([expect.stringContaining('services.api.cpu must be one of 256')]);
  });

  it('lets only the worker go down to none', () => {
    const { services } = production;
    expect(faultsOf({ services: { ...services, worker: { ...services.worker, minTasks: 0 } } })).toEqual([]);
    expect(faultsOf({ services: { ...services, api: { ...services.api, minTasks: 0 } } })).toEqual([
      expect.stringContaining('services.api.minTasks'),
    ]);
  });

  it('refuses a campaign above the maximum, below the usual, or that ends before it begins', () => {
    const campaign = { name: 'sale', start: '2027-05-01T08:00:00Z', end: '2027-05-01T07:00:00Z' };
    expect(faultsOf({ campaigns: [{ ...campaign, minTasks: { api: 31, worker: 0 } }] })).toEqual([
      'campaign sale: end must be after start',
      expect.stringContaining('minTasks.api must be 3 to 30'),
      expect.stringContaining('minTasks.worker must be 1 to 40'),
    ]);
  });

  it('refuses campaigns that overlap: the end of one would take away the minimum of the other', () => {
    const campaigns = [
      { name: 'second', start: '2027-05-02T08:00:00Z', end: '2027-05-03T08:00:00Z', minTasks: {} },
      { name: 'first', start: '2027-05-01T08:00:00Z', end: '2027-05-02T07:30:00Z', minTasks: {} },
    ];
    expect(faultsOf({ campaigns })).toEqual(['campaign second must begin at least an hour after first ends']);
  });

  it('takes as restored only a stream of its own orders table', () => {
    const restoredOrdersStreamArn =
      'arn:aws:dynamodb:eu-west-1:123456789012:table/fargate-orders-production-orders/stream/2030-01-01T00:00:00.000';
    expect(faultsOf({ restoredOrdersStreamArn })).toEqual([]);
    expect(faultsOf({ restoredOrdersStreamArn: restoredOrdersStreamArn.replace('production', 'dev') })).toEqual([
      'restoredOrdersStreamArn must be of a stream of the table fargate-orders-production-orders in eu-west-1',
    ]);
  });

  it('wants the two certificates where they are read', () => {
    const certificateArn = 'arn:aws:acm:eu-west-1:123456789012:certificate/1';
    const domain = {
      name: 'orders.example.com',
      edgeCertificateArn: certificateArn,
      originCertificateArn: certificateArn,
    };
    expect(faultsOf({ domain })).toEqual([expect.stringContaining('edgeCertificateArn')]);
  });

  it('refuses a limit for an address that is below the quota of a caller', () => {
    expect(faultsOf({ edge: { ...production.edge, requestsPerMinute: 5_999 } })).toEqual([
      "edge.requestsPerMinute must be a whole number from 6000, a caller's quota",
    ]);
  });

  it('wants to know where CloudFront connects from', () => {
    expect(faultsOf({ region: 'af-south-1' })).toEqual([expect.stringContaining('cloudfront-prefix-lists.ts')]);
  });

  it('lets people come back from signing in to pages by TLS alone', () => {
    expect(faultsOf({ shopUrls: ['http://localhost:8080/', 'https://shop.example.com/'] })).toEqual([]);
    expect(faultsOf({ shopUrls: ['http://shop.example.com/'] })).toEqual([expect.stringContaining('shopUrls')]);
    expect(faultsOf({ shopUrls: [] })).toEqual([expect.stringContaining('shopUrls')]);
  });
});

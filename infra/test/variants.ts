import { eventConsumerNames } from '#libs/resources';
import type { StageConfig } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';

const dev = stages['dev'] as StageConfig;
const production = stages['production'] as StageConfig;

/** Dev with an issuer, a domain, no Spot and no dashboard. */
const named: StageConfig = {
  ...dev,
  account: '123456789012',
  services: { ...dev.services, worker: { ...dev.services.worker, spotWeight: 0 } },
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
  dashboard: false,
};

/** Dev in the region of its front door, with traces and quotes. */
const american: StageConfig = { ...dev, region: 'us-east-1', traceSampleRatio: 0.05, pricing: production.pricing };

/** Production in the account of an organization: its VPC, boundary, tags and vault for copies. */
const organization: StageConfig = {
  ...production,
  cdkQualifier: 'hnb659fds',
  availabilityZones: ['eu-west-1a', 'eu-west-1c'],
  natGateways: 0,
  existingVpc: { id: 'vpc-0a1b2c3d', cidr: '10.20.0.0/16', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-0c1b2c3d'] },
  permissionsBoundary: 'developers',
  tags: { 'cost-center': '4711' },
  backupCopyVaultArn: 'arn:aws:backup:eu-central-1:123456789012:backup-vault:orders',
  consumers: ['accounting'],
};

/** Production with addresses that fit into a network of others, in zones that are named. */
const addressed: StageConfig = {
  ...production,
  availabilityZones: ['eu-west-1b', 'eu-west-1c'],
  vpcCidr: '10.64.8.0/22',
};

/** Production with all optional stacks, of which the templates are committed. */
export const complete: StageConfig = { ...production, consumers: eventConsumerNames, reports: { scanLimitGb: 100 } };

/** Stages with the optional settings. `golden.spec.ts` checks them with cdk-nag and the schemas of CloudFormation. */
export const variants = { named, american, organization, addressed, small: stages['small'] as StageConfig };

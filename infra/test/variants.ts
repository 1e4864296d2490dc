import type { StageConfig } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';

const dev = stages['dev'] as StageConfig;

/** Dev with the optional settings of a stage: an issuer, a domain, no Spot. */
export const variant: StageConfig = {
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

/** Dev in the region of its edge. */
export const american: StageConfig = { ...dev, region: 'us-east-1' };

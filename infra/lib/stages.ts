import type { StageConfig } from './config.ts';

const REPOSITORY_URL = 'https://github.com/example/fargate-orders/blob/main';

/** An example: a stage that keeps its data is not deployed with this seller. */
export const exampleSeller: StageConfig['seller'] = {
  name: 'Cleaning Supplies GmbH',
  address: ['1 Soap Rd', '10115 Berlin', 'DE'],
  vatId: 'DE123456789',
  timeZone: 'Europe/Berlin',
};

/** About 10,000 EUR. */
const exampleApprovalLimit = { CHF: 1_000_000, EUR: 1_000_000, GBP: 900_000, USD: 1_100_000 };

/** Small and cheap: an idle stage runs no worker, and no data outlives its stack. About $100 a month when idle. */
const dev: StageConfig = {
  stage: 'dev',
  region: 'eu-west-1',
  availabilityZones: 2,
  natGateways: 1,
  retainData: false,
  logRetentionDays: 7,
  services: {
    api: { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 4 },
    worker: { cpu: 256, memoryMiB: 512, minTasks: 0, maxTasks: 4, spotWeight: 1 },
    'stream-relay': { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
  },
  campaigns: [],
  shopUrls: ['http://localhost:8080/'],
  staffUrls: ['http://localhost:8080/'],
  edge: { requestsPerMinute: 12_000, priceClass: 100 },
  callerQuota: { requests: 6_000, windowSeconds: 60 },
  events: { typePrefix: 'com.example.orders', source: '/fargate-orders/dev' },
  pricing: { mode: 'open' },
  seller: exampleSeller,
  wholesaleApprovalLimit: exampleApprovalLimit,
  maxTaxPercent: 30,
  traceSampleRatio: 0,
  repositoryUrl: REPOSITORY_URL,
  alertEmail: 'orders-dev@example.com',
  monthlyBudgetUsd: 150,
};

/** A stage for a shop whose sales bring some thousands of orders a second. */
const production: StageConfig = {
  stage: 'production',
  region: 'eu-west-1',
  availabilityZones: 3,
  natGateways: 1,
  retainData: true,
  warmOrdersPerSecond: 5_000,
  logRetentionDays: 90,
  services: {
    api: { cpu: 512, memoryMiB: 1_024, minTasks: 3, maxTasks: 30 },
    worker: { cpu: 512, memoryMiB: 1_024, minTasks: 1, maxTasks: 40, spotWeight: 4 },
    'stream-relay': { cpu: 512, memoryMiB: 1_024, minTasks: 1, maxTasks: 8 },
  },
  campaigns: [
    {
      name: 'black-friday-2027',
      start: '2027-11-26T08:00:00Z',
      end: '2027-11-26T22:00:00Z',
      minTasks: { api: 10, worker: 10, 'stream-relay': 5 },
    },
  ],
  shopUrls: ['https://shop.example.com/'],
  staffUrls: ['https://staff.example.com/'],
  edge: { requestsPerMinute: 12_000, priceClass: 100 },
  callerQuota: { requests: 6_000, windowSeconds: 60 },
  events: { typePrefix: 'com.example.orders', source: '/fargate-orders' },
  pricing: { mode: 'quote', jwksUrl: 'https://shop.example.com/.well-known/pricing-jwks.json' },
  seller: exampleSeller,
  wholesaleApprovalLimit: exampleApprovalLimit,
  maxTaxPercent: 30,
  // X-Ray costs $5 for a million traces.
  traceSampleRatio: 0.05,
  repositoryUrl: REPOSITORY_URL,
  alertEmail: 'orders-operations@example.com',
  monthlyBudgetUsd: 500,
};

export const stages: Readonly<Record<string, StageConfig>> = { dev, production };

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

/**
 * A stage for a shop with near-zero demand most of the day, for less than $60 a month when idle: no NAT gateway, no firewall, no
 * dashboard, slower reads of an idle stream. docs/scaling.md has what each lever saves and takes away.
 */
const small: StageConfig = {
  stage: 'small',
  region: 'us-east-1',
  availabilityZones: 2,
  natGateways: 0,
  retainData: true,
  logRetentionDays: 30,
  services: {
    api: { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
    worker: { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 4, onDemandTasks: 1, spotWeight: 1 },
    'stream-relay': { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
  },
  campaigns: [],
  consumers: ['fulfillment'],
  eventDelaySeconds: 5,
  shopUrls: ['https://shop.example.com/'],
  staffUrls: ['https://staff.example.com/'],
  serviceClients: [],
  edge: { firewall: false, requestsPerMinute: 12_000, priceClass: 100 },
  callerQuota: { requests: 600, windowSeconds: 60 },
  events: { typePrefix: 'com.example.orders', source: '/fargate-orders' },
  pricing: { mode: 'quote', jwksUrl: 'https://shop.example.com/.well-known/pricing-jwks.json' },
  seller: exampleSeller,
  wholesaleApprovalLimit: exampleApprovalLimit,
  maxTaxPercent: 30,
  traceSampleRatio: 0,
  repositoryUrl: REPOSITORY_URL,
  alertEmail: 'orders-operations@example.com',
  dashboard: false,
  monthlyBudgetUsd: 80,
};

/** For trying: its tasks are as small as those of `small`, the rest is as in production, and no data outlives its stack. */
const dev: StageConfig = {
  stage: 'dev',
  region: 'eu-west-1',
  availabilityZones: 2,
  natGateways: 1,
  retainData: false,
  logRetentionDays: 7,
  services: {
    api: { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 4 },
    worker: { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 4, onDemandTasks: 1, spotWeight: 1 },
    'stream-relay': { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
  },
  campaigns: [],
  consumers: ['inventory', 'fulfillment', 'accounting'],
  eventDelaySeconds: 1,
  shopUrls: ['http://localhost:8080/'],
  staffUrls: ['http://localhost:8080/'],
  serviceClients: [],
  edge: { firewall: true, requestsPerMinute: 12_000, priceClass: 100 },
  callerQuota: { requests: 6_000, windowSeconds: 60 },
  events: { typePrefix: 'com.example.orders', source: '/fargate-orders/dev' },
  pricing: { mode: 'open' },
  seller: exampleSeller,
  wholesaleApprovalLimit: exampleApprovalLimit,
  maxTaxPercent: 30,
  traceSampleRatio: 0,
  repositoryUrl: REPOSITORY_URL,
  alertEmail: 'orders-dev@example.com',
  dashboard: true,
  monthlyBudgetUsd: 150,
};

/** A stage for a shop whose sales bring some thousands of orders a second. */
const production: StageConfig = {
  stage: 'production',
  region: 'eu-west-1',
  availabilityZones: 3,
  // If the gateway's zone fails, no order is accepted until it is back. `natGateways: 3` prevents that for $73 a month more. An
  // endpoint of SQS in three zones, which infra does not create, would cost $22 and still leave new keys of token issuers to NAT.
  natGateways: 1,
  retainData: true,
  logRetentionDays: 90,
  services: {
    api: { cpu: 512, memoryMiB: 1_024, minTasks: 3, maxTasks: 30 },
    worker: { cpu: 512, memoryMiB: 1_024, minTasks: 1, maxTasks: 40, onDemandTasks: 10, spotWeight: 4 },
    'stream-relay': { cpu: 512, memoryMiB: 1_024, minTasks: 1, maxTasks: 10 },
  },
  campaigns: [
    {
      name: 'black-friday-2027',
      start: '2027-11-26T08:00:00Z',
      end: '2027-11-26T22:00:00Z',
      minTasks: { api: 10, worker: 10, 'stream-relay': 8 },
    },
  ],
  consumers: ['inventory', 'fulfillment', 'accounting'],
  eventDelaySeconds: 2,
  shopUrls: ['https://shop.example.com/'],
  staffUrls: ['https://staff.example.com/'],
  serviceClients: ['fulfillment', 'accounting'],
  edge: { firewall: true, requestsPerMinute: 12_000, priceClass: 100 },
  callerQuota: { requests: 6_000, windowSeconds: 60 },
  events: { typePrefix: 'com.example.orders', source: '/fargate-orders' },
  pricing: { mode: 'quote', jwksUrl: 'https://shop.example.com/.well-known/pricing-jwks.json' },
  seller: exampleSeller,
  wholesaleApprovalLimit: exampleApprovalLimit,
  maxTaxPercent: 30,
  // With traces, a collector runs beside each app. X-Ray costs $5 for a million of them.
  traceSampleRatio: 0,
  repositoryUrl: REPOSITORY_URL,
  alertEmail: 'orders-operations@example.com',
  dashboard: true,
  monthlyBudgetUsd: 500,
};

export const stages: Readonly<Record<string, StageConfig>> = { small, dev, production };

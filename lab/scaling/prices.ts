import type { ScaledService } from './scaled-service.ts';

/**
 * US dollars in us-east-1, without free tiers and without taxes, as of November 2026. Each is of AWS's pricing page of the
 * service that it names, unless it says otherwise. Other regions are 5 to 25 % dearer.
 */
export const prices = {
  /** AWS Fargate, Linux/ARM. */
  fargateVcpuHour: 0.03238,
  fargateGibHour: 0.00356,
  /** AWS Fargate: Spot is up to 70 % cheaper; the price moves. */
  spotDiscount: 0.65,
  /** Amazon VPC: NAT gateway, and the public IPv4 address that it has. */
  natHour: 0.045,
  natGigabyte: 0.045,
  publicAddressHour: 0.005,
  /** Elastic Load Balancing: application load balancer, and what it takes in by capacity unit (1 GB an hour). */
  loadBalancerHour: 0.0225,
  loadBalancerUnitHour: 0.008,
  /** AWS WAF. */
  wafAclMonth: 5,
  wafRuleMonth: 1,
  wafMillionRequests: 0.6,
  /** Amazon CloudFront, HTTPS requests in North America and Europe (0.0100 and 0.0120 for 10,000). */
  cloudFrontMillionRequests: 1,
  /** Amazon API Gateway, HTTP API. */
  httpApiMillionRequests: 1,
  /** AWS Lambda, Arm. */
  lambdaMillionRequests: 0.2,
  lambdaGibSecond: 0.000_013_333_4,
  /** Amazon SQS: standard and FIFO, of 64 KB each. */
  sqsMillionRequests: 0.4,
  sqsFifoMillionRequests: 0.5,
  /** Amazon SNS: FIFO topics, published messages and deliveries, and their bytes. */
  snsFifoMillionPublished: 0.3,
  snsFifoPublishedGigabyte: 0.017,
  snsFifoMillionDelivered: 0.01,
  snsFifoDeliveredGigabyte: 0.001,
  /** Amazon DynamoDB, on-demand, since November 2024. */
  dynamoMillionWrites: 0.625,
  dynamoMillionReads: 0.125,
  dynamoMillionStreamReads: 0.2,
  dynamoGigabyteMonth: 0.25,
  dynamoRecoveryGigabyteMonth: 0.2,
  /** Amazon CloudWatch. */
  logGigabyte: 0.5,
  metricMonth: 0.3,
  alarmMetricMonth: 0.1,
  compositeAlarmMonth: 0.5,
  dashboardMonth: 3,
  /** AWS Secrets Manager. */
  secretMonth: 0.4,
  /** AWS Key Management Service: a key of one's own. */
  keyMonth: 1,
} as const;

export const HOURS_A_MONTH = 730;
const SECONDS_AN_HOUR = 3_600;
const MILLION = 1_000_000;

/** What one order costs beside tasks: as many calls as it takes when none is shared, so at most this. */
export const orderParts = {
  'SQS: sent, received, deleted': (3 * prices.sqsMillionRequests) / MILLION,
  'DynamoDB: look-up of a replay (half a unit)': (0.5 * prices.dynamoMillionReads) / MILLION,
  'DynamoDB: item of 1 to 2 KB (2 units), index entry (1)': (3 * prices.dynamoMillionWrites) / MILLION,
  'SNS FIFO: 1 published, 3 delivered, of 2 KB':
    (prices.snsFifoMillionPublished + 3 * prices.snsFifoMillionDelivered) / MILLION +
    (2 * (prices.snsFifoPublishedGigabyte + 3 * prices.snsFifoDeliveredGigabyte)) / MILLION,
  'SQS FIFO: 3 queues, received and deleted in tens': (3 * 0.2 * prices.sqsFifoMillionRequests) / MILLION,
  'CloudWatch Logs: 3 lines, 1.2 KB': (1.2 * prices.logGigabyte) / MILLION,
} as const;

/** What stands before the api only, whatever runs it. */
export const edgeParts = {
  'CloudFront: 1 request': prices.cloudFrontMillionRequests / MILLION,
  'WAF: 1 request': prices.wafMillionRequests / MILLION,
} as const;

export const dollarsPerOrder = sum(orderParts) + sum(edgeParts);

export function sum(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((total, part) => total + part, 0);
}

/** Of so many tasks of a service, those on Spot with their discount. */
export function taskDollarsPerSecond(
  { vcpu, memoryGiB }: Pick<ScaledService, 'vcpu' | 'memoryGiB'>,
  { onDemand, spot }: { onDemand: number; spot: number },
): number {
  const hour = vcpu * prices.fargateVcpuHour + memoryGiB * prices.fargateGibHour;
  return ((onDemand + spot * (1 - prices.spotDiscount)) * hour) / SECONDS_AN_HOUR;
}

/**
 * US dollars in us-east-1, without free tiers and without taxes, as of November 2026. The source is AWS's pricing page of the
 * service, unless the comment names another. Other regions are 5 to 25 % more expensive.
 */
export const prices = {
  /** AWS Fargate, Linux/ARM. */
  fargateVcpuHour: 0.03238,
  fargateGibHour: 0.00356,
  /** Amazon VPC: NAT gateway, and a public IPv4 address. */
  natHour: 0.045,
  natGigabyte: 0.045,
  publicAddressHour: 0.005,
  /** Elastic Load Balancing: application load balancer, and its traffic by capacity unit (1 GB an hour). */
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
  /** Amazon CloudWatch. */
  logGigabyte: 0.5,
  metricMonth: 0.3,
  alarmMetricMonth: 0.1,
  dashboardMonth: 3,
  /** AWS Secrets Manager. */
  secretMonth: 0.4,
  /** Amazon Cognito, Lite and Essentials: a client of machines. */
  machineClientMonth: 6,
  /** Amazon ECR: images. */
  imageGigabyteMonth: 0.1,
  /** AWS Key Management Service: a customer-managed key. */
  keyMonth: 1,
} as const;

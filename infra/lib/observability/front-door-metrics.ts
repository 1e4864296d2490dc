import { Duration } from 'aws-cdk-lib/core';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../config.ts';
import { FIREWALL_REGION } from '../edge/firewall.ts';
import { webAclMetricOf } from '../edge/firewall.ts';

const period = Duration.minutes(1);
/** Both tell in us-east-1, wherever the stage is. */
const region = FIREWALL_REGION;

/** What CloudFront and the firewall count. */
export interface FrontDoorMetrics {
  readonly requests: Metric;
  /** Per cent of the requests. */
  readonly failed: Metric;
  readonly passed: Metric;
  readonly blocked: Metric;
}

export function frontDoorMetrics(config: StageConfig, distributionId: string): FrontDoorMetrics {
  const cloudFront = (metricName: string, statistic: string, label: string) =>
    new Metric({
      namespace: 'AWS/CloudFront',
      metricName,
      dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
      statistic,
      period,
      region,
      label,
    });
  const firewall = (metricName: string, label: string) =>
    new Metric({
      namespace: 'AWS/WAFV2',
      metricName,
      dimensionsMap: { WebACL: webAclMetricOf(config), Rule: 'ALL' },
      statistic: 'Sum',
      period,
      region,
      label,
    });
  return {
    requests: cloudFront('Requests', 'Sum', 'Requests'),
    failed: cloudFront('5xxErrorRate', 'Average', '5xx, per cent'),
    passed: firewall('AllowedRequests', 'Passed'),
    blocked: firewall('BlockedRequests', 'Blocked'),
  };
}

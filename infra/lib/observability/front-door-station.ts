import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../config.ts';
import { FIREWALL_REGION, webAclMetricOf } from '../edge/firewall.ts';
import { period } from '../runbook-alarm.ts';
import { graph, type Station } from './dashboard.ts';

/** CloudFront and its firewall report in us-east-1, wherever the stage is. */
const region = FIREWALL_REGION;

/** The metrics of CloudFront and the firewall. */
export interface FrontDoorMetrics {
  readonly requests: Metric;
  /** Per cent of the requests. */
  readonly failed: Metric;
  readonly passed: Metric;
  readonly blocked: Metric;
}

export function frontDoorMetrics(config: StageConfig, distributionId: string): FrontDoorMetrics {
  const metric = (namespace: string, dimensionsMap: Record<string, string>) => {
    return (metricName: string, statistic: string, label: string) =>
      new Metric({ namespace, metricName, dimensionsMap, statistic, period, region, label });
  };
  const cloudFront = metric('AWS/CloudFront', { DistributionId: distributionId, Region: 'Global' });
  const firewall = metric('AWS/WAFV2', { WebACL: webAclMetricOf(config), Rule: 'ALL' });
  return {
    requests: cloudFront('Requests', 'Sum', 'Requests'),
    failed: cloudFront('5xxErrorRate', 'Average', '5xx, per cent'),
    passed: firewall('AllowedRequests', 'Sum', 'Passed'),
    blocked: firewall('BlockedRequests', 'Sum', 'Blocked'),
  };
}

/** The entrance from the internet. Its alarms are in us-east-1, in `FrontDoorStack`. */
export function frontDoorStation(config: StageConfig, distributionId: string): Station {
  const { requests, failed, passed, blocked } = frontDoorMetrics(config, distributionId);
  return {
    title: 'Front door: CloudFront and firewall',
    alarms: [],
    graphs: [
      graph('Requests; 5xx, per cent', { left: [requests], right: [failed] }),
      ...(config.edge.firewall ? [graph('Passed; blocked by the firewall', { left: [passed], right: [blocked] })] : []),
    ],
  };
}

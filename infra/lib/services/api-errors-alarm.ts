import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeElb, HttpCodeTarget, type ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { api } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';

const sum = { statistic: 'Sum', period: Duration.minutes(1) };

/** Share of the requests that the api, or the load balancer before it, failed. A deployment of the api that does is undone. */
export class ApiErrorsAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, config: StageConfig, loadBalancer: ApplicationLoadBalancer) {
    super(scope, id, {
      config,
      name: 'api-errors',
      meaning: 'Too many requests are answered 5xx',
      metric: errorShare(loadBalancer),
      limit: api.errors,
      // No request, no failure.
      missing: TreatMissingData.NOT_BREACHING,
    });
  }
}

/** Requests without a task to take them are not among RequestCount. */
function errorShare({ metrics }: ApplicationLoadBalancer): MathExpression {
  return new MathExpression({
    label: '5xx, per cent of requests',
    expression: `IF(FILL(byApi, 0) + FILL(byBalancer, 0) >= ${api.leastFailures}, \
100 * (FILL(byApi, 0) + FILL(byBalancer, 0)) / (FILL(requests, 0) + FILL(byBalancer, 0)), 0)`,
    usingMetrics: {
      byApi: metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
      byBalancer: metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
      requests: metrics.requestCount(sum),
    },
    period: sum.period,
  });
}

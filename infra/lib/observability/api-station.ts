import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { RunbookAlarm, period } from '../runbook-alarm.ts';
import type { Api } from '../services/api.ts';
import { graph, type Station } from './dashboard.ts';

const sum = { statistic: 'Sum', period };

/** Below this many answers in a minute, one slow answer is not a sign of anything. */
const LEAST_ANSWERS = 50;

/** The intake of orders. If no task of the api runs, the load balancer answers 503, which `api-errors` counts. */
export function apiStation(stack: Construct, config: StageConfig, api: Api): Station {
  const scope = new Construct(stack, 'Api');
  const { metrics } = api.entrance.loadBalancer;
  const latency = new RunbookAlarm(scope, 'Latency', {
    config,
    name: 'api-latency',
    meaning: 'One answer in a hundred takes too long',
    // The load balancer's own metric includes what callers make slow: waits, uploads, documents.
    metric: new MathExpression({
      label: 'ms to answer, p99',
      expression: `IF(answers >= ${LEAST_ANSWERS}, slow, 0)`,
      usingMetrics: { answers: api.metric('AnswerTime', 'SampleCount'), slow: api.metric('AnswerTime', 'p99') },
      period,
    }),
    // Milliseconds. An answer takes at most 0.5 s of waiting, 1 s of calls to AWS, and the rest of 2 s for everything else.
    limit: { atLeast: 2_000, minutes: 5 },
  });
  return {
    title: 'Intake: api',
    alarms: [api.errorsAlarm, latency, refusedAlarm(scope, config, api)],
    graphs: [
      graph('Answers by route and status; 5xx', {
        left: [api.metricBy('Route,Status', 'HttpRequests', 'Sum')],
        right: [
          metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
          metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
        ],
      }),
      graph('Orders accepted, and refused by reason', {
        left: [api.metric('OrdersAccepted', 'Sum')],
        right: [api.metricBy('Reason', 'OrdersRefused', 'Sum')],
      }),
      graph('ms to answer; ms to enqueue', {
        left: [api.metric('AnswerTime', 'p50'), api.metric('AnswerTime', 'p99')],
        right: [api.metric('EnqueueLatency', 'p50'), api.metric('EnqueueLatency', 'p99')],
      }),
      graph('Tasks, unhealthy ones; pending commands of each', {
        left: [api.runningTasks(), unhealthy(api)],
        right: [api.metric('PendingEnqueue', 'Average'), api.metric('PendingEnqueue', 'Maximum')],
      }),
    ],
  };
}

/** CDK's own metric takes the load balancer's name from the listener, which then cannot be replaced. */
function unhealthy({ entrance: { loadBalancer, targetGroup } }: Api): Metric {
  return new Metric({
    namespace: 'AWS/ApplicationELB',
    metricName: 'UnHealthyHostCount',
    dimensionsMap: {
      LoadBalancer: loadBalancer.loadBalancerFullName,
      TargetGroup: targetGroup.targetGroupFullName,
    },
    statistic: 'Maximum',
    period,
  });
}

/** Below this many refused orders in a minute, nothing is worth a look. A single client may send more. */
const LEAST_REFUSED = 100;

function refusedAlarm(scope: Construct, config: StageConfig, api: Api): RunbookAlarm {
  return new RunbookAlarm(scope, 'Refused', {
    config,
    name: 'orders-refused',
    meaning: 'More orders are refused than accepted',
    metric: new MathExpression({
      label: 'Refused, per cent of the requested orders',
      expression: `IF(refused >= ${LEAST_REFUSED}, 100 * refused / (refused + FILL(accepted, 0)), 0)`,
      usingMetrics: { refused: api.metric('OrdersRefused', 'Sum'), accepted: api.metric('OrdersAccepted', 'Sum') },
      period,
    }),
    // Per cent of the requested orders. Clients make mistakes, but not in half of their orders.
    limit: { atLeast: 50, minutes: 15 },
  });
}

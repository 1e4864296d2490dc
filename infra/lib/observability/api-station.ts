import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { RunbookAlarm, Symptom, period } from '../runbook-alarm.ts';
import type { Api } from '../services/api.ts';
import { graph, type Station } from './dashboard.ts';
import { NoTaskAlarm } from './service-stations.ts';

const sum = { statistic: 'Sum', period };

/** The intake of orders. Without requests nothing is late, failed or refused, so only `no-api-task` rings on missing data. */
export function apiStation(stack: Construct, config: StageConfig, api: Api): Station {
  const scope = new Construct(stack, 'Api');
  const { metrics } = api.entrance.loadBalancer;
  const latency = new RunbookAlarm(scope, 'Latency', {
    config,
    name: 'api-latency',
    meaning: 'One answer in a hundred takes too long',
    // The load balancer's own metric includes what callers make slow: waits, uploads, documents.
    metric: api.metric('AnswerTime', 'p99'),
    // Milliseconds. An answer takes at most 0.5 s of waiting, 1 s of calls to AWS, and the rest of 2 s for everything else.
    limit: { atLeast: 2_000, minutes: 5 },
  });
  const enqueueLatency = new RunbookAlarm(scope, 'EnqueueLatency', {
    config,
    name: 'enqueue-latency',
    meaning: 'SQS takes long to acknowledge commands',
    metric: api.metric('EnqueueLatency', 'p99'),
    // Milliseconds. SQS needs 10 to 20; a call may take 1 s and then fails with 503, so half of that is a warning.
    limit: { atLeast: 500, minutes: 3 },
  });
  const silent = [api.errorsAlarm, latency, enqueueLatency];
  const failing = new Symptom(scope, 'Failing', {
    config,
    name: 'api-is-failing',
    meaning: 'Clients cannot place or read orders as they should',
    anyOf: silent,
  });
  const noTask = new NoTaskAlarm(scope, 'NoTask', { config, workload: api });
  return {
    title: 'Intake: api',
    silent,
    notifying: [failing, noTask, unhealthyAlarm(scope, config, api), refusedAlarm(scope, config, api)],
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
      graph('Tasks; pending commands of each', {
        left: [api.runningTasks()],
        right: [api.metric('PendingEnqueue', 'Average'), api.metric('PendingEnqueue', 'Maximum')],
      }),
    ],
  };
}

function unhealthyAlarm(scope: Construct, config: StageConfig, api: Api): RunbookAlarm {
  const { loadBalancer, targetGroup } = api.entrance;
  return new RunbookAlarm(scope, 'Unhealthy', {
    config,
    name: 'unhealthy-api-task',
    meaning: 'Tasks of the api do not answer the load balancer, and replacing them does not help',
    // CDK's own metric takes the load balancer's name from the listener, which then cannot be replaced.
    metric: new Metric({
      namespace: 'AWS/ApplicationELB',
      metricName: 'UnHealthyHostCount',
      dimensionsMap: {
        LoadBalancer: loadBalancer.loadBalancerFullName,
        TargetGroup: targetGroup.targetGroupFullName,
      },
      statistic: 'Maximum',
      period,
    }),
    // ECS replaces an unhealthy task in about two minutes: after ten minutes the replacements are unhealthy too.
    limit: { atLeast: 1, minutes: 10 },
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
      expression: `IF(FILL(refused, 0) >= ${LEAST_REFUSED}, \
100 * FILL(refused, 0) / (FILL(refused, 0) + FILL(accepted, 0)), 0)`,
      usingMetrics: { refused: api.metric('OrdersRefused', 'Sum'), accepted: api.metric('OrdersAccepted', 'Sum') },
      period,
    }),
    // Per cent of the requested orders. Clients make mistakes, but not in half of their orders.
    limit: { atLeast: 50, minutes: 15 },
  });
}

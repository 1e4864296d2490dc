import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { api as limits } from '../alarms/alarm-limits.ts';
import { RunbookAlarm, Symptom } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { Api } from '../services/api.ts';
import { graph, type Station } from './dashboard.ts';
import { NoTaskAlarm } from './service-stations.ts';

const period = Duration.minutes(1);
const sum = { statistic: 'Sum', period };

/** Where orders come in. Without requests nothing is late, failed or refused, so only a lack of tasks rings for silence. */
export function apiStation(stack: Construct, config: StageConfig, api: Api): Station {
  const scope = new Construct(stack, 'Api');
  const { metrics } = api.entrance.loadBalancer;
  const responseTime = (statistic: string) => metrics.targetResponseTime({ statistic, period });
  const latency = new RunbookAlarm(scope, 'Latency', {
    config,
    name: 'api-latency',
    meaning: 'One answer in a hundred takes too long',
    metric: responseTime('p99'),
    limit: limits.latency,
  });
  const enqueueLatency = new RunbookAlarm(scope, 'EnqueueLatency', {
    config,
    name: 'enqueue-latency',
    meaning: 'SQS takes long to acknowledge commands',
    metric: api.metric('EnqueueLatency', 'p99'),
    limit: limits.enqueueLatency,
  });
  const silent = [api.errorsAlarm, latency, enqueueLatency];
  const failing = new Symptom(scope, 'Failing', {
    config,
    name: 'api-is-failing',
    meaning: 'Clients can not place or read orders as they should',
    anyOf: silent,
  });
  const noTask = new NoTaskAlarm(scope, 'NoTask', { config, workload: api });
  return {
    title: 'Intake: api',
    silent,
    telling: [failing, noTask, unhealthyAlarm(scope, config, api), refusedAlarm(scope, config, api)],
    graphs: [
      graph('Answers by route and status; 5xx', {
        left: [api.metricBy('Route,Status', 'HttpRequests', 'Sum')],
        right: [
          metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
          metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
        ],
      }),
      graph('Orders taken, and refused by reason', {
        left: [api.metric('OrdersAccepted', 'Sum')],
        right: [api.metricBy('Reason', 'OrdersRefused', 'Sum')],
      }),
      graph('Seconds to answer; ms to enqueue', {
        left: [responseTime('p50'), responseTime('p99')],
        right: [api.metric('EnqueueLatency', 'p50'), api.metric('EnqueueLatency', 'p99')],
      }),
      graph('Tasks; pending of each', {
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
    // CDK's own metric reads the load balancer's name out of the listener, which could then not be replaced.
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
    limit: limits.unhealthy,
  });
}

function refusedAlarm(scope: Construct, config: StageConfig, api: Api): RunbookAlarm {
  return new RunbookAlarm(scope, 'Refused', {
    config,
    name: 'orders-refused',
    meaning: 'More orders are refused than taken',
    metric: new MathExpression({
      label: 'Refused, per cent of the orders asked for',
      expression: `IF(FILL(refused, 0) >= ${limits.leastRefused}, \
100 * FILL(refused, 0) / (FILL(refused, 0) + FILL(accepted, 0)), 0)`,
      usingMetrics: { refused: api.metric('OrdersRefused', 'Sum'), accepted: api.metric('OrdersAccepted', 'Sum') },
      period,
    }),
    limit: limits.refused,
  });
}

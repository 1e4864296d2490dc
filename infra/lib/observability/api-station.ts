import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, Metric, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { api as limits } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { Api } from '../services/api.ts';
import { NoTaskAlarm } from './no-task-alarm.ts';
import { graph, type Station, type StationProps } from './station.ts';
import { Symptom } from './symptom.ts';

const period = Duration.minutes(1);
const sum = { statistic: 'Sum', period };
const notBreaching = TreatMissingData.NOT_BREACHING;

export interface ApiStationProps extends StationProps {
  readonly api: Api;
}

/** Where orders come in. Without requests nothing is late, failed or refused, so silence rings for the tasks alone. */
export class ApiStation extends Construct implements Station {
  readonly title = 'Intake: api';
  readonly telling;
  readonly silent;
  readonly graphs;
  private readonly config: StageConfig;
  private readonly api: Api;

  constructor(scope: Construct, id: string, { config, api }: ApiStationProps) {
    super(scope, id);
    this.config = config;
    this.api = api;
    this.silent = [api.errorsAlarm, this.latency(), this.enqueueLatency()];
    this.telling = [
      new Symptom(this, 'Failing', {
        config,
        name: 'api-is-failing',
        meaning: 'Clients can not place or read orders as they should',
        anyOf: this.silent,
      }),
      new NoTaskAlarm(this, 'NoTask', { config, workload: api }),
      this.unhealthy(),
      this.refused(),
    ];
    this.graphs = this.row();
  }

  private latency(): RunbookAlarm {
    return new RunbookAlarm(this, 'Latency', {
      config: this.config,
      name: 'api-latency',
      meaning: 'One answer in a hundred takes too long',
      metric: this.responseTime('p99'),
      limit: limits.latency,
      missing: notBreaching,
    });
  }

  private enqueueLatency(): RunbookAlarm {
    return new RunbookAlarm(this, 'EnqueueLatency', {
      config: this.config,
      name: 'enqueue-latency',
      meaning: 'SQS takes long to acknowledge commands',
      metric: this.api.metric('EnqueueLatency', 'p99'),
      limit: limits.enqueueLatency,
      missing: notBreaching,
    });
  }

  private unhealthy(): RunbookAlarm {
    return new RunbookAlarm(this, 'Unhealthy', {
      config: this.config,
      name: 'unhealthy-api-task',
      meaning: 'Tasks of the api do not answer the load balancer, and replacing them does not help',
      metric: this.unhealthyTasks(),
      limit: limits.unhealthy,
      missing: notBreaching,
    });
  }

  private refused(): RunbookAlarm {
    const metric = new MathExpression({
      label: 'Refused, per cent of the orders asked for',
      expression: `IF(FILL(refused, 0) >= ${limits.leastRefused}, \
100 * FILL(refused, 0) / (FILL(refused, 0) + FILL(accepted, 0)), 0)`,
      usingMetrics: {
        refused: this.api.metric('OrdersRefused', 'Sum'),
        accepted: this.api.metric('OrdersAccepted', 'Sum'),
      },
      period,
    });
    return new RunbookAlarm(this, 'Refused', {
      config: this.config,
      name: 'orders-refused',
      meaning: 'More orders are refused than taken',
      metric,
      limit: limits.refused,
      missing: notBreaching,
    });
  }

  private row() {
    const { api } = this;
    const { metrics } = api.entrance.loadBalancer;
    const failed = [
      metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
      metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
    ];
    return [
      graph('Answers by route and status; 5xx', {
        left: [api.metricBy('Route,Status', 'HttpRequests', 'Sum')],
        right: failed,
      }),
      graph('Orders taken, and refused by reason', {
        left: [api.metric('OrdersAccepted', 'Sum')],
        right: [api.metricBy('Reason', 'OrdersRefused', 'Sum')],
      }),
      graph('Seconds to answer; ms to enqueue', {
        left: [this.responseTime('p50'), this.responseTime('p99')],
        right: [api.metric('EnqueueLatency', 'p50'), api.metric('EnqueueLatency', 'p99')],
      }),
      graph('Tasks; pending of each', {
        left: [api.runningTasks()],
        right: [api.metric('PendingEnqueue', 'Average'), api.metric('PendingEnqueue', 'Maximum')],
      }),
    ];
  }

  /** CDK's own reads the load balancer's name out of the listener, which could then not be replaced. */
  private unhealthyTasks(): Metric {
    const { loadBalancer, targetGroup } = this.api.entrance;
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

  /** In seconds. */
  private responseTime(statistic: string): IMetric {
    return this.api.entrance.loadBalancer.metrics.targetResponseTime({ statistic, period });
  }
}

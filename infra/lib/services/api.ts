import { Duration } from 'aws-cdk-lib/core';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeElb, HttpCodeTarget, type ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { pageOriginsOf, type TokenIssuer } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ApiLoadBalancer } from './api-load-balancer.ts';
import { allow } from './workload-roles.ts';
import { Workload, type WorkloadDependencies } from './workload.ts';

const API_PORT = 3000;

export interface ApiProps extends WorkloadDependencies {
  readonly tokenIssuer: TokenIssuer;
}

/** The api sends commands to the queue and reads the tables. It writes to no table. */
export class Api extends Workload {
  readonly entrance: ApiLoadBalancer;
  readonly errorsAlarm: RunbookAlarm;

  constructor(scope: Construct, id: string, props: ApiProps) {
    const { data } = props;
    super(scope, id, {
      ...props,
      name: 'api',
      port: { variable: 'API_PORT', number: API_PORT },
      environment: environment(props),
      secrets: { ORDER_ID_KEYS: data.orderIdKeys },
      statements: statements(data),
    });
    this.entrance = new ApiLoadBalancer(this, 'Entrance', { ...props, api: this, apiPort: API_PORT });
    this.errorsAlarm = new RunbookAlarm(this, 'Errors', {
      config: props.config,
      name: 'api-errors',
      meaning: 'Too many requests are answered with 5xx',
      metric: errorShare(this.entrance.loadBalancer),
      // Per cent of the requests. Clients repeat failed requests, so one in fifty may fail for two minutes.
      limit: { atLeast: 2, minutes: 2 },
    });
    this.rollBackOn(this.errorsAlarm);
  }
}

function environment({ config, data, tokenIssuer }: ApiProps): Record<string, string> {
  const origins = pageOriginsOf(config);
  const { pricing } = config;
  const { staff } = tokenIssuer;
  return {
    ORDERS_QUEUE_URL: data.orders.queue.queueUrl,
    SQS_CALLS: 'direct',
    ORDERS_TABLE: data.ordersTable.tableName,
    COMMAND_OUTCOMES_TABLE: data.commandOutcomesTable.tableName,
    ORDER_BATCHES_TABLE: data.orderBatchesTable.tableName,
    PRICING: pricing.mode,
    ...(pricing.mode === 'quote' && { PRICING_JWKS_URL: pricing.jwksUrl }),
    AUTH_ISSUER: tokenIssuer.issuer,
    AUTH_AUDIENCE: tokenIssuer.audience,
    AUTH_AUDIENCE_CLAIM: tokenIssuer.audienceClaim ?? 'aud',
    AUTH_JWKS_URL: tokenIssuer.jwksUrl,
    AUTH_ROLES_CLAIM: tokenIssuer.rolesClaim,
    ...(tokenIssuer.roleScopePrefix && { AUTH_ROLE_SCOPE_PREFIX: tokenIssuer.roleScopePrefix }),
    ...(staff && {
      AUTH_STAFF_ISSUER: staff.issuer,
      AUTH_STAFF_AUDIENCE: staff.audience,
      AUTH_STAFF_JWKS_URL: staff.jwksUrl,
    }),
    ...(origins.length > 0 && { CORS_ORIGINS: origins.join(',') }),
    SELLER_TIME_ZONE: config.seller.timeZone,
    MAX_TAX_PERCENT: String(config.maxTaxPercent),
    EVENT_TYPE_PREFIX: config.events.typePrefix,
    EVENT_SOURCE: config.events.source,
    RATE_LIMIT_REQUESTS: String(config.callerQuota.requests),
    RATE_LIMIT_WINDOW_SECONDS: String(config.callerQuota.windowSeconds),
  };
}

function statements({ orders, ordersTable, commandOutcomesTable, orderBatchesTable }: DataStack): PolicyStatement[] {
  return [
    // The readiness check reads the queue's attributes.
    allow('Enqueue', ['sqs:SendMessage', 'sqs:GetQueueAttributes'], [orders.queue.queueArn]),
    allow('Read', ['dynamodb:BatchGetItem'], [ordersTable.tableArn, commandOutcomesTable.tableArn]),
    allow('List', ['dynamodb:Query'], [...ordersTable.indexArns, orderBatchesTable.tableArn]),
  ];
}

/** Below this many failures in a minute there is no alarm: one of twenty requests is already 5 %. */
const LEAST_FAILED = 5;

/** Failed requests in per cent. RequestCount does not include the requests that no task accepted. */
function errorShare({ metrics }: ApplicationLoadBalancer): MathExpression {
  const sum = { statistic: 'Sum', period: Duration.minutes(1) };
  return new MathExpression({
    label: '5xx, per cent of requests',
    expression: `IF(FILL(byApi, 0) + FILL(byBalancer, 0) >= ${LEAST_FAILED}, \
100 * (FILL(byApi, 0) + FILL(byBalancer, 0)) / (FILL(requests, 0) + FILL(byBalancer, 0)), 0)`,
    usingMetrics: {
      byApi: metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
      byBalancer: metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
      requests: metrics.requestCount(sum),
    },
    period: sum.period,
  });
}

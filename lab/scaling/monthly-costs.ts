import { serviceMetrics, type MetricDefinition } from '#libs/metrics';
import { goldenTemplates } from '../../infra/test/golden-templates.ts';
import { list, object } from '../../infra/test/rule.ts';
import { resourcesOf, type Properties } from '../../infra/test/template.ts';
import { assumptions } from './assumptions.ts';
import { serviceNames, shardsOf, taskRates, type Platform, type ServiceName } from './platform.ts';
import { prices } from './prices.ts';

/** Costs in dollars, by item. */
type Parts = Readonly<Record<string, number>>;

const HOURS_A_MONTH = 730;
const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
const MILLION = 1_000_000;
export const ORDERS_A_MONTH = [0, MILLION, 10 * MILLION, 100 * MILLION] as const;
/** Demand is uneven over the day: the busiest hours have this many times the average. */
const BUSY_FACTOR = 4;

/** @param platform production's, because the resources are counted in the templates of `infra/test/golden` */
export function monthlyCosts(platform: Platform) {
  const shared = sharedIdleParts();
  /** Monthly costs without any order. */
  const idle = { containers: { ...containerIdleParts(platform), ...shared }, lambda: shared };
  /** Costs of one order, without tasks. */
  const order = { containers: containerOrderParts, lambda: lambdaOrderParts };
  const month = (orders: number) => ({
    containers: sum(idle.containers) + busyTaskDollars(platform, orders) + orders * sum(order.containers),
    lambda: sum(idle.lambda) + orders * sum(order.lambda),
  });
  return { idle, order, month };
}

/** Upper limit for one order: no AWS call is shared with other orders. */
const sharedOrderParts: Parts = {
  'SQS: sent, received, deleted': (3 * prices.sqsMillionRequests) / MILLION,
  'DynamoDB: lookup of a replay (half a unit)': (0.5 * prices.dynamoMillionReads) / MILLION,
  'DynamoDB: claim on the payment (1 unit)': prices.dynamoMillionWrites / MILLION,
  'DynamoDB: item of 1 to 2 KB (2 units), index entries (3)': (5 * prices.dynamoMillionWrites) / MILLION,
  'SNS FIFO: 1 published, 3 delivered, of 2 KB':
    (prices.snsFifoMillionPublished + 3 * prices.snsFifoMillionDelivered) / MILLION +
    (2 * (prices.snsFifoPublishedGigabyte + 3 * prices.snsFifoDeliveredGigabyte)) / MILLION,
  'SQS FIFO: 3 queues, received and deleted in tens': (3 * 0.2 * prices.sqsFifoMillionRequests) / MILLION,
  'CloudWatch Logs: 3 lines, 1.2 KB': (1.2 * prices.logGigabyte) / MILLION,
  'CloudFront: 1 request': prices.cloudFrontMillionRequests / MILLION,
  'WAF: 1 request': prices.wafMillionRequests / MILLION,
};

const containerOrderParts: Parts = {
  ...sharedOrderParts,
  'Load balancer: 3 KB, 1 GB an hour is a unit': (3 * prices.loadBalancerUnitHour) / MILLION,
  'NAT: 6 KB through the gateway': (6 * prices.natGigabyte) / MILLION,
};

/**
 * The same queues, table and topic, and the same edge, before API Gateway's HTTP API (which checks tokens itself and has no
 * firewall of its own) and three functions of 256 MB: 20 ms for an order accepted, 5 ms each for one decided and one published
 * in a batch of ten. Reading the stream is free.
 */
const lambdaOrderParts: Parts = {
  ...sharedOrderParts,
  'API Gateway: 1 request': prices.httpApiMillionRequests / MILLION,
  'Lambda: 1.2 invocations': (1.2 * prices.lambdaMillionRequests) / MILLION,
  'Lambda: 30 ms of 256 MB': 0.03 * 0.25 * prices.lambdaGibSecond,
};

function containerIdleParts(platform: Platform): Parts {
  const tasks = serviceNames.map((name) => {
    const { minTasks, cpu, memoryMiB } = platform.services[name];
    const size = `${cpu / 1_024} vCPU, ${memoryMiB / 1_024} GB`;
    return [`Fargate: ${minTasks} × ${name}, ${size}, Arm`, minTasks * taskDollars(platform, name)] as const;
  });
  const shards = shardsOf(platform, assumptions);
  const metrics = billedMetrics();
  return {
    ...Object.fromEntries(tasks),
    'NAT gateway with its address':
      count('AWS::EC2::NatGateway') * (prices.natHour + prices.publicAddressHour) * HOURS_A_MONTH,
    'Load balancer': count('AWS::ElasticLoadBalancingV2::LoadBalancer') * prices.loadBalancerHour * HOURS_A_MONTH,
    // An idle relay reads each shard once a second.
    [`DynamoDB Streams: ${shards} shards read once a second`]:
      (shards * SECONDS_A_MONTH * prices.dynamoMillionStreamReads) / MILLION,
    [`CloudWatch: ${metrics} metrics`]: metrics * prices.metricMonth,
  };
}

/** Resources that the Lambda variant has as well. */
function sharedIdleParts(): Parts {
  const acls = production('AWS::WAFv2::WebACL');
  const rules = acls.flatMap(({ Rules }) => list(Rules)).length;
  const alarmed = alarmMetrics();
  const composite = count('AWS::CloudWatch::CompositeAlarm');
  const dashboards = count('AWS::CloudWatch::Dashboard');
  const keys = count('AWS::KMS::Key');
  return {
    [`WAF: ${rules} rules`]: acls.length * prices.wafAclMonth + rules * prices.wafRuleMonth,
    [`CloudWatch: alarms of ${alarmed} metrics, ${composite} composite`]:
      alarmed * prices.alarmMetricMonth + composite * prices.compositeAlarmMonth,
    [`CloudWatch: ${dashboards} dashboard`]: dashboards * prices.dashboardMonth,
    [`KMS: ${keys} keys, of the alerts`]: keys * prices.keyMonth,
    'Secrets Manager': count('AWS::SecretsManager::Secret') * prices.secretMonth,
  };
}

/** The resources of a type in all templates of production. */
function production(type: string): Properties[] {
  return Object.values(goldenTemplates()).flatMap((template) =>
    resourcesOf(template, type).map(({ properties }) => properties),
  );
}

const count = (type: string) => production(type).length;

/** AWS bills each metric of an alarm with metric math. Target tracking creates one alarm for each direction. */
function alarmMetrics(): number {
  const metricsIn = (queries: Properties[string] | undefined) =>
    Math.max(1, list(queries).filter((query) => object(query)['MetricStat'] !== undefined).length);
  const tracking = production('AWS::ApplicationAutoScaling::ScalingPolicy')
    .filter(({ PolicyType }) => PolicyType === 'TargetTrackingScaling')
    .map(({ TargetTrackingScalingPolicyConfiguration: configuration }) =>
      metricsIn(object(object(configuration)['CustomizedMetricSpecification'])['Metrics']),
    );
  const alarms = production('AWS::CloudWatch::Alarm').map(({ Metrics }) => metricsIn(Metrics));
  return [...alarms, ...tracking, ...tracking].reduce((total, metrics) => total + metrics, 0);
}

/** Combinations of routes and statuses, and reasons, that occur in a usual shop: each is billed beside the total. */
const COMBINATIONS: Readonly<Record<string, number>> = { HttpRequests: 16, OrdersRefused: 3, DeadLettered: 2 };

/** The number of billed metrics of the services. */
function billedMetrics(): number {
  return Object.values(serviceMetrics)
    .flatMap((metrics) => Object.entries<MetricDefinition>(metrics))
    .reduce((total, [name, { dimensions }]) => {
      const combinations = dimensions ? COMBINATIONS[name] : 0;
      if (combinations === undefined) throw new Error(`expected how many combinations of ${name} are usual`);
      return total + 1 + combinations;
    }, 0);
}

/** Costs of one task for a month. */
function taskDollars({ services }: Platform, name: ServiceName): number {
  const { cpu, memoryMiB } = services[name];
  return ((cpu * prices.fargateVcpuHour + memoryMiB * prices.fargateGibHour) / 1_024) * HOURS_A_MONTH;
}

/** Costs of the tasks beyond the minimum, in the busy hours. */
function busyTaskDollars(platform: Platform, orders: number): number {
  const rates = taskRates(platform);
  const busyRate = (orders / SECONDS_A_MONTH) * BUSY_FACTOR;
  return serviceNames.reduce((total, name) => {
    const tasks = Math.max(0, Math.ceil(busyRate / rates[name]) - platform.services[name].minTasks);
    return total + (tasks * taskDollars(platform, name)) / BUSY_FACTOR;
  }, 0);
}

export function costsText({ idle, order, month }: ReturnType<typeof monthlyCosts>): string {
  const rows = ORDERS_A_MONTH.map((orders) => {
    const { containers, lambda } = month(orders);
    return `  ${orders.toLocaleString('en-US').padStart(12)} ${dollars(containers)} ${dollars(lambda)}`;
  });
  return [
    'A month in us-east-1, without free tiers, with no call shared (in a rush ten orders share one: SQS is then a tenth)',
    '',
    ...partRows('idle, containers', idle.containers, 1),
    ...partRows('idle, Lambda', idle.lambda, 1),
    ...partRows('a million orders, containers', order.containers, MILLION),
    ...partRows('a million orders, Lambda', order.lambda, MILLION),
    `        orders   containers       Lambda`,
    ...rows,
    '',
  ].join('\n');
}

function partRows(title: string, parts: Parts, times: number): string[] {
  const rows = Object.entries(parts).map(([name, value]) => `  ${name.padEnd(58)} ${dollars(value * times)}`);
  return [title, ...rows, `  ${'together'.padEnd(58)} ${dollars(sum(parts) * times)}`, ''];
}

function dollars(value: number): string {
  return `$${value.toFixed(2)}`.padStart(12);
}

function sum(parts: Parts): number {
  return Object.values(parts).reduce((total, part) => total + part, 0);
}

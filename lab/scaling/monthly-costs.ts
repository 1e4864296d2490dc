import { serviceMetrics, type MetricDefinition } from '#libs/metrics';
import { serviceNames, type StageConfig } from '../../infra/lib/config.ts';
import { stages } from '../../infra/lib/stages.ts';
import { idleCosts, sum, taskDollars, SECONDS_A_MONTH, type Costs } from './idle-costs.ts';
import { platformOf, taskRates } from './platform.ts';
import { prices } from './prices.ts';

const MILLION = 1_000_000;
export const ORDERS_A_MONTH = [0, MILLION, 10 * MILLION, 100 * MILLION] as const;
/** Demand is uneven over the day: the busiest hours have this many times the average. */
const BUSY_FACTOR = 4;

/** What the Lambda variant of an idle stage has as well. */
const SHARED: readonly string[] = ['firewall', 'alarms', 'dashboard', 'keys and secret', 'machine clients'];

const production = stages['production'] as StageConfig;

/** The costs of production, in containers and in functions. */
export function monthlyCosts() {
  const containers = idleCosts(production);
  const lambda = Object.fromEntries(Object.entries(containers).filter(([item]) => SHARED.includes(item)));
  /** Costs of one order, without tasks. */
  const order = { containers: containerOrderParts, lambda: lambdaOrderParts };
  const month = (orders: number) => ({
    containers:
      sum(containers) +
      (orders > 0 ? busyMetrics() * prices.metricMonth : 0) +
      busyTaskDollars(orders) +
      orders * sum(order.containers),
    lambda: sum(lambda) + orders * sum(order.lambda),
  });
  return { idle: { containers, lambda }, order, month };
}

/** Combinations of routes and statuses, and reasons, that occur in a usual shop: each is billed beside the total. */
const COMBINATIONS: Readonly<Record<string, number>> = { HttpRequests: 16, OrdersRefused: 3, DeadLettered: 2 };

/** The number of metrics that are reported only if something happens. */
function busyMetrics(): number {
  return Object.values(serviceMetrics)
    .flatMap((metrics) => Object.entries<MetricDefinition>(metrics))
    .filter(([, { kind }]) => kind !== 'gauge')
    .reduce((total, [name, { dimensions }]) => {
      const combinations = dimensions ? COMBINATIONS[name] : 0;
      if (combinations === undefined) throw new Error(`expected how many combinations of ${name} are usual`);
      return total + 1 + combinations;
    }, 0);
}

/** Upper limit for one order: no AWS call is shared with other orders. */
const sharedOrderParts: Costs = {
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

const containerOrderParts: Costs = {
  ...sharedOrderParts,
  'Load balancer: 3 KB, 1 GB an hour is a unit': (3 * prices.loadBalancerUnitHour) / MILLION,
  'NAT: 6 KB through the gateway': (6 * prices.natGigabyte) / MILLION,
};

/**
 * The same queues, table and topic, and the same edge, before API Gateway's HTTP API (which checks tokens itself and has no
 * firewall of its own) and three functions of 256 MB: 20 ms for an order accepted, 5 ms each for one decided and one published
 * in a batch of ten. Reading the stream is free.
 */
const lambdaOrderParts: Costs = {
  ...sharedOrderParts,
  'API Gateway: 1 request': prices.httpApiMillionRequests / MILLION,
  'Lambda: 1.2 invocations': (1.2 * prices.lambdaMillionRequests) / MILLION,
  'Lambda: 30 ms of 256 MB': 0.03 * 0.25 * prices.lambdaGibSecond,
};

/** Costs of the tasks beyond the minimum, in the busy hours. */
function busyTaskDollars(orders: number): number {
  const rates = taskRates(platformOf(production));
  const busyRate = (orders / SECONDS_A_MONTH) * BUSY_FACTOR;
  return serviceNames.reduce((total, name) => {
    const size = production.services[name];
    const tasks = Math.max(0, Math.ceil(busyRate / rates[name]) - size.minTasks);
    return total + (tasks * taskDollars(size)) / BUSY_FACTOR;
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

function partRows(title: string, parts: Costs, times: number): string[] {
  const rows = Object.entries(parts).map(([name, value]) => `  ${name.padEnd(58)} ${dollars(value * times)}`);
  return [title, ...rows, `  ${'together'.padEnd(58)} ${dollars(sum(parts) * times)}`, ''];
}

function dollars(value: number): string {
  return `$${value.toFixed(2)}`.padStart(12);
}

import { serviceMetrics, type MetricDefinition } from '#libs/metrics';
import { shardsOf } from './assumptions.ts';
import type { Inventory } from './inventory.ts';
import { edgeParts, HOURS_A_MONTH, orderParts, prices, sum, taskDollarsPerSecond } from './prices.ts';
import { type Platform, type ServiceName, serviceNames } from './scaled-service.ts';
import { taskRates } from './task-rates.ts';

type Parts = Readonly<Record<string, number>>;

const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
const ORDERS = [0, 1_000_000, 10_000_000, 100_000_000] as const;
/** Demand of this shop comes in hours of the day, not evenly: the busiest hours have so many times the average. */
const BUSY_FACTOR = 4;
/** Routes with statuses, and reasons, that a shop really sees: each is a metric beside the total. */
const COMBINATIONS: Readonly<Record<string, number>> = { HttpRequests: 16, OrdersRefused: 3, Parked: 2 };
/** All that the services tell, as it is billed. */
const CUSTOM_METRICS = Object.values(serviceMetrics)
  .flatMap((metrics) => Object.entries<MetricDefinition>(metrics))
  .reduce((sum, [name, definition]) => sum + 1 + combinationsOf(name, definition), 0);

/** What runs and costs whether there are orders or not. */
export function idleParts(platform: Platform, inventory: Inventory): Parts {
  const tasks = serviceNames.map((name) => {
    const service = platform.services[name];
    const month = taskDollarsPerSecond(service, { onDemand: service.min, spot: 0 }) * SECONDS_A_MONTH;
    return [`Fargate: ${service.min} × ${name}, ${service.vcpu} vCPU, ${service.memoryGiB} GB, Arm`, month] as const;
  });
  const shards = shardsOf(platform.warmWriteUnits.table);
  return {
    ...Object.fromEntries(tasks),
    'NAT gateway with its address': inventory.natGateways * (prices.natHour + prices.publicAddressHour) * HOURS_A_MONTH,
    'Load balancer': inventory.loadBalancers * prices.loadBalancerHour * HOURS_A_MONTH,
    // An idle relay reads each once a second.
    [`DynamoDB Streams: ${shards} shards read once a second`]:
      (shards * SECONDS_A_MONTH * prices.dynamoMillionStreamReads) / 1e6,
    [`CloudWatch: ${CUSTOM_METRICS} metrics, as told`]: CUSTOM_METRICS * prices.metricMonth,
    ...sharedIdleParts(inventory),
  };
}

function combinationsOf(name: string, { dimensions }: MetricDefinition): number {
  const combinations = dimensions ? COMBINATIONS[name] : 0;
  if (combinations === undefined) throw new Error(`expected how many combinations of ${name} are usual`);
  return combinations;
}

/** What the Lambda form has as well. */
function sharedIdleParts(inventory: Inventory): Parts {
  return {
    [`WAF: ${inventory.webAclRules} rules`]:
      inventory.webAcls * prices.wafAclMonth + inventory.webAclRules * prices.wafRuleMonth,
    [`CloudWatch: alarms of ${inventory.alarmMetrics} metrics, ${inventory.compositeAlarms} composite`]:
      inventory.alarmMetrics * prices.alarmMetricMonth + inventory.compositeAlarms * prices.compositeAlarmMonth,
    [`CloudWatch: ${inventory.dashboards} dashboard`]: inventory.dashboards * prices.dashboardMonth,
    [`KMS: ${inventory.keys} keys, of the alerts`]: inventory.keys * prices.keyMonth,
    'Secrets Manager': inventory.secrets * prices.secretMonth,
  };
}

/** More tasks than the least, in the busy hours. */
export function busyTaskDollars(platform: Platform, orders: number): number {
  const rates = taskRates(platform);
  const busyRate = (orders / SECONDS_A_MONTH) * BUSY_FACTOR;
  const more = (name: ServiceName) => {
    const service = platform.services[name];
    const tasks = Math.max(0, Math.ceil(busyRate / rates[name]) - service.min);
    return taskDollarsPerSecond(service, { onDemand: tasks, spot: 0 }) * (SECONDS_A_MONTH / BUSY_FACTOR);
  };
  return serviceNames.reduce((total, name) => total + more(name), 0);
}

/** What an order costs in containers, beside the tasks. */
export const containerOrderParts: Parts = {
  ...orderParts,
  ...edgeParts,
  'Load balancer: 3 KB, 1 GB an hour is a unit': (3 * prices.loadBalancerUnitHour) / 1e6,
  'NAT: 6 KB through the gateway': (6 * prices.natGigabyte) / 1e6,
};

/**
 * The same queues, table and topic, and the same edge, before API Gateway's HTTP API (which checks tokens itself and has no
 * firewall of its own) and three functions of 256 MB: 20 ms for an order taken in, 5 ms each for one decided and one told
 * in a batch of ten. Reading the stream is free.
 */
export const lambdaOrderParts: Parts = {
  ...orderParts,
  ...edgeParts,
  'API Gateway: 1 request': prices.httpApiMillionRequests / 1e6,
  'Lambda: 1.2 invocations': (1.2 * prices.lambdaMillionRequests) / 1e6,
  'Lambda: 30 ms of 256 MB': 0.03 * 0.25 * prices.lambdaGibSecond,
};

/** A month of so many orders, in containers and in functions. */
export function monthlyDollars(platform: Platform, inventory: Inventory, orders: number) {
  return {
    containers:
      sum(idleParts(platform, inventory)) + busyTaskDollars(platform, orders) + orders * sum(containerOrderParts),
    lambda: sum(sharedIdleParts(inventory)) + orders * sum(lambdaOrderParts),
  };
}

export function costsText(platform: Platform, inventory: Inventory): string {
  const idle = idleParts(platform, inventory);
  const lambdaIdle = sharedIdleParts(inventory);
  const rows = ORDERS.map((orders) => {
    const { containers, lambda } = monthlyDollars(platform, inventory, orders);
    return `  ${orders.toLocaleString('en-US').padStart(12)} ${dollars(containers)} ${dollars(lambda)}`;
  });
  return [
    'A month in us-east-1, without free tiers, with no call shared (in a rush ten orders share one: SQS is then a tenth)',
    '',
    'idle, containers',
    ...partRows(idle, 1),
    'idle, Lambda',
    ...partRows(lambdaIdle, 1),
    'a million orders, containers',
    ...partRows(containerOrderParts, 1e6),
    'a million orders, Lambda',
    ...partRows(lambdaOrderParts, 1e6),
    `        orders   containers       Lambda`,
    ...rows,
    '',
  ].join('\n');
}

function partRows(parts: Parts, times: number): string[] {
  const rows = Object.entries(parts).map(([name, value]) => `  ${name.padEnd(58)} ${dollars(value * times)}`);
  return [...rows, `  ${'together'.padEnd(58)} ${dollars(sum(parts) * times)}`, ''];
}

function dollars(value: number): string {
  return `$${value.toFixed(2)}`.padStart(12);
}

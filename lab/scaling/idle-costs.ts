import { serviceMetrics } from '#libs/metrics';
import { hasPublicTasks, serviceNames, type ServiceSize, type StageConfig } from '../../infra/lib/config.ts';
import { alarmsOf } from '../../infra/test/alarm-rules.ts';
import { list, object } from '../../infra/test/rule.ts';
import { synthesizeUnchecked } from '../../infra/test/synthesized.ts';
import { resourcesOf, type Found, type Properties, type Value } from '../../infra/test/template.ts';
import { assumptions, NEW_TABLE_WRITE_UNITS } from './assumptions.ts';
import { shardsOf } from './platform.ts';
import { prices } from './prices.ts';

/** Costs in dollars, by item. */
export type Costs = Readonly<Record<string, number>>;

const HOURS_A_MONTH = 730;
export const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
const MILLION = 1_000_000;

/** Bytes of a call to AWS without a result, both ways, with its share of TLS. */
const EMPTY_CALL_BYTES = 3_000;
/** The line with the gauges of a service, every ten seconds. */
const METRICS_LINE = { bytes: 600, seconds: 10, services: 2 };
const IMAGES_GIGABYTES = 0.3;
/** The calls for messages that a worker without work makes: 8 pollers, each of which waits 20 s. */
const EMPTY_RECEIVES_A_SECOND = 8 / 20;
/** A relay reads the list of leases every two seconds. */
const LEASE_SCAN_SECONDS = 2;
const RENEWALS_A_LEASE = 4;

/** A month of a stage without any order: everything that bills in its templates, and the calls that idle tasks make. */
export function idleCosts(config: StageConfig): Costs {
  const templates = synthesizeUnchecked(config);
  const found = (type: string) => Object.values(templates).flatMap((template) => resourcesOf(template, type));
  const count = (type: string) => found(type).length;
  const tasks = serviceNames.map((name) => config.services[name]);
  const addresses = hasPublicTasks(config) ? tasks.reduce((total, { minTasks }) => total + minTasks, 0) : 0;
  const gateways = count('AWS::EC2::NatGateway');
  const acls = found('AWS::WAFv2::WebACL');
  const rules = acls.flatMap(({ properties }) => list(properties['Rules'])).length;
  const clients = found('AWS::Cognito::UserPoolClient').filter(({ properties }) =>
    list(properties['AllowedOAuthFlows']).includes('client_credentials'),
  );
  const alarms = alarmsOf(templates);
  const people = alarms.reduce((total, { properties }) => total + metricsIn(properties['Metrics']), 0);
  const idle = idleCalls(config);
  return {
    tasks: tasks.reduce((total, size) => total + size.minTasks * taskDollars(size), 0),
    'public addresses of tasks': addresses * prices.publicAddressHour * HOURS_A_MONTH,
    'NAT gateways': gateways * (prices.natHour + prices.publicAddressHour) * HOURS_A_MONTH,
    'bytes through NAT': (gateways > 0 ? idle.natGigabytes : 0) * prices.natGigabyte,
    'load balancer': count('AWS::ElasticLoadBalancingV2::LoadBalancer') * prices.loadBalancerHour * HOURS_A_MONTH,
    firewall: acls.length * prices.wafAclMonth + rules * prices.wafRuleMonth,
    'machine clients': clients.length * prices.machineClientMonth,
    'stream and leases': idle.streamDollars,
    'polls of the queue': idle.receives * (prices.sqsMillionRequests / MILLION),
    // Counters and distributions without a value are not reported, and so not billed.
    metrics: gauges() * prices.metricMonth,
    alarms: people * prices.alarmMetricMonth,
    'scaling triggers': scalingMetricsOf(found) * prices.alarmMetricMonth,
    dashboard: count('AWS::CloudWatch::Dashboard') * prices.dashboardMonth,
    'keys and secret':
      count('AWS::KMS::Key') * prices.keyMonth + count('AWS::SecretsManager::Secret') * prices.secretMonth,
    'log and images': idle.logGigabytes * prices.logGigabyte + IMAGES_GIGABYTES * prices.imageGigabyteMonth,
  };
}

/** The calls of tasks without work. A table that was warmed for a sale keeps its partitions, and so its shards. */
function idleCalls({ campaigns, eventDelaySeconds }: StageConfig) {
  const tableWriteUnits = campaigns.length > 0 ? assumptions.tableWriteUnits : NEW_TABLE_WRITE_UNITS;
  const shards = shardsOf({ ...assumptions, tableWriteUnits });
  const reads = (shards * SECONDS_A_MONTH) / eventDelaySeconds;
  const renewals = (shards * SECONDS_A_MONTH * RENEWALS_A_LEASE) / (eventDelaySeconds * 10);
  const scans = SECONDS_A_MONTH / LEASE_SCAN_SECONDS;
  const receives = SECONDS_A_MONTH * EMPTY_RECEIVES_A_SECOND;
  const { bytes, seconds, services } = METRICS_LINE;
  const logGigabytes = (SECONDS_A_MONTH * services * bytes) / seconds / 1e9;
  return {
    receives,
    logGigabytes,
    // The lease table has a free endpoint.
    natGigabytes: ((reads + receives) * EMPTY_CALL_BYTES) / 1e9 + logGigabytes,
    streamDollars:
      (reads * prices.dynamoMillionStreamReads +
        renewals * prices.dynamoMillionWrites +
        scans * prices.dynamoMillionReads) /
      MILLION,
  };
}

/** AWS bills each metric of an alarm with metric math. */
function metricsIn(queries: Value | undefined): number {
  return Math.max(1, list(queries).filter((query) => object(query)['MetricStat'] !== undefined).length);
}

/** Target tracking creates one alarm for each direction. */
function scalingMetricsOf(found: (type: string) => Found[]): number {
  const tracking = found('AWS::ApplicationAutoScaling::ScalingPolicy').filter(
    ({ properties }) => properties['PolicyType'] === 'TargetTrackingScaling',
  );
  const tracked = tracking.map(({ properties }) => {
    const configuration: Properties = object(properties['TargetTrackingScalingPolicyConfiguration']);
    return 2 * metricsIn(object(configuration['CustomizedMetricSpecification'])['Metrics']);
  });
  return tracked.reduce((total, metrics) => total + metrics, 0) + stepAlarms(found);
}

function stepAlarms(found: (type: string) => Found[]): number {
  return found('AWS::CloudWatch::Alarm').filter(({ properties }) => properties['AlarmName'] === undefined).length;
}

function gauges(): number {
  return Object.values(serviceMetrics)
    .flatMap((metrics) => Object.values(metrics))
    .filter(({ kind }) => kind === 'gauge').length;
}

/** Costs of one task for a month. */
export function taskDollars({ cpu, memoryMiB }: ServiceSize): number {
  return ((cpu * prices.fargateVcpuHour + memoryMiB * prices.fargateGibHour) / 1_024) * HOURS_A_MONTH;
}

export function sum(costs: Costs): number {
  return Object.values(costs).reduce((total, part) => total + part, 0);
}

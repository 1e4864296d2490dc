import { serviceMetrics, type MeasuredService, type MetricDefinition } from '#libs/metrics';
import { list, object, text } from './rule.ts';
import { resourcesOf, type Properties, type Template, type Value } from './template.ts';

const NAMESPACE = 'fargate-orders/production';

/** A metric of ours that something reads. */
export interface Reading {
  readonly service: string;
  readonly metric: string;
  readonly statistic: string;
  /** Beside `Service`. */
  readonly dimensions: readonly string[];
}

/** What scaling policies, alarms and dashboards of a template read in the namespace of the services. */
export function readingsOf(template: Template): Reading[] {
  return [...readingsOfResources(template), ...dashboardBodies(template).flatMap(readingsOfDashboard)];
}

function readingsOfResources({ Resources }: Template): Reading[] {
  const readings: Reading[] = [];
  JSON.parse(JSON.stringify(Resources), (_, value: Properties) => {
    const { MetricStat, Namespace, Statistic, ExtendedStatistic } = value ?? {};
    // A query has its statistic beside the metric, an alarm or a policy in it.
    if (MetricStat !== undefined) {
      const { Metric, Stat } = object(MetricStat);
      if (object(Metric)['Namespace'] === NAMESPACE) readings.push(reading(object(Metric), text(Stat)));
    } else if (Namespace === NAMESPACE && (Statistic ?? ExtendedStatistic) !== undefined) {
      readings.push(reading(value, text(Statistic ?? ExtendedStatistic)));
    }
    return value;
  });
  return readings;
}

function reading({ MetricName, Dimensions }: Properties, statistic: string): Reading {
  const dimensions = list(Dimensions).map(object);
  return {
    service: text(dimensions.find(({ Name }) => Name === 'Service')?.['Value']),
    metric: text(MetricName),
    statistic,
    dimensions: dimensions.map(({ Name }) => text(Name)).filter((name) => name !== 'Service'),
  };
}

interface DashboardMetric {
  readonly expression?: string;
  readonly stat?: string;
}

/** A body is a text in pieces, with CloudFormation's functions between them. */
export function dashboardBodies(template: Template): { widgets: { properties: Properties }[] }[] {
  return resourcesOf(template, 'AWS::CloudWatch::Dashboard').map(({ properties }) => {
    const [, pieces] = object(properties['DashboardBody'])['Fn::Join'] as [string, Value[]];
    return JSON.parse(pieces.map((piece) => (typeof piece === 'string' ? piece : 'value')).join('')) as ReturnType<
      typeof dashboardBodies
    >[number];
  });
}

const SEARCH =
  /\{"(?<namespace>[^"]+)",Service,(?<dimensions>[\w,]+)\} MetricName="(?<metric>\w+)" Service="(?<service>[\w-]+)"', '(?<statistic>\w+)'/;

function readingsOfDashboard({ widgets }: ReturnType<typeof dashboardBodies>[number]): Reading[] {
  const rows = widgets.flatMap(({ properties }) => list(properties['metrics']) as unknown as unknown[][]);
  return rows.flatMap((row) => {
    const { expression, stat = 'Average' } = (row.at(-1) ?? {}) as DashboardMetric;
    if (expression !== undefined) return readingOfSearch(expression);
    const [namespace, metric, ...dimensions] = row.filter((part) => typeof part === 'string');
    if (namespace !== NAMESPACE || metric === undefined) return [];
    const pairs = new Map(dimensions.flatMap((name, at) => (at % 2 === 0 ? [[name, dimensions[at + 1] ?? '']] : [])));
    const others = [...pairs.keys()].filter((name) => name !== 'Service');
    return [{ service: pairs.get('Service') ?? '', metric, statistic: stat, dimensions: others }];
  });
}

function readingOfSearch(expression: string): Reading[] {
  if (!expression.startsWith('SEARCH')) return [];
  const { metric = '', service = '', statistic = '', dimensions = '' } = SEARCH.exec(expression)?.groups ?? {};
  return [{ service, metric, statistic, dimensions: dimensions.split(',') }];
}

/** Of a counter only the sum means something; of a distribution the number of samples means nothing. */
const STATISTICS: Readonly<Record<MetricDefinition['kind'], RegExp>> = {
  counter: /^Sum$/,
  gauge: /^(Average|Minimum|Maximum)$/,
  distribution: /^(p\d{2}|Average|Minimum|Maximum)$/,
};

/** Why a reading finds nothing, or something that means nothing. */
export function faultsOfReading({ service, metric, statistic, dimensions }: Reading): string[] {
  const metrics: Record<string, MetricDefinition> = serviceMetrics[service as MeasuredService] ?? {};
  const definition = metrics[metric];
  if (!definition) return [`${service} tells no ${metric}`];
  const faults: string[] = [];
  if (!STATISTICS[definition.kind].test(statistic)) faults.push(`${statistic} of the ${definition.kind} ${metric}`);
  const told = [[], definition.dimensions ?? []].map((names) => names.toSorted().join());
  if (!told.includes(dimensions.toSorted().join())) faults.push(`${metric} is not told by ${dimensions.join()}`);
  return faults;
}

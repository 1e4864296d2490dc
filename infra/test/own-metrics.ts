import { serviceMetrics, type MeasuredService, type MetricDefinition } from '#libs/metrics';
import { list, object, text } from './rule.ts';
import { resourcesOf, type Properties, type Template, type Value } from './template.ts';

const NAMESPACE = 'fargate-orders/production';

/** A reference to one of our metrics in a template. */
export interface Reading {
  readonly service: string;
  readonly metric: string;
  readonly statistic: string;
  /** Dimensions other than `Service`. */
  readonly dimensions: readonly string[];
}

/** The metrics of our namespace that scaling policies, alarms and dashboards of a template read. */
export function readingsOf(template: Template): Reading[] {
  return [...readingsOfResources(template), ...dashboardBodies(template).flatMap(readingsOfDashboard)];
}

function readingsOfResources({ Resources }: Template): Reading[] {
  const readings: Reading[] = [];
  JSON.parse(JSON.stringify(Resources), (_, value: Properties) => {
    const { MetricStat, Namespace, Statistic, ExtendedStatistic } = value ?? {};
    // In a metric query, the statistic is beside the metric; in an alarm or policy, both are in one object.
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

/** The dashboard's JSON. In the template it is a text in pieces, with CloudFormation functions between them. */
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
  if (!expression.startsWith('SEARCH') || expression.includes('{AWS/')) return [];
  const { metric = '', service = '', statistic = '', dimensions = '' } = SEARCH.exec(expression)?.groups ?? {};
  return [{ service, metric, statistic, dimensions: dimensions.split(',') }];
}

/** The statistics that mean something for each kind of metric. */
const STATISTICS: Readonly<Record<MetricDefinition['kind'], RegExp>> = {
  counter: /^Sum$/,
  gauge: /^(Average|Minimum|Maximum)$/,
  distribution: /^(p\d{2}|Average|Minimum|Maximum|SampleCount)$/,
};

/** The errors of a reading: it finds no data, or its statistic means nothing. */
export function readingErrors({ service, metric, statistic, dimensions }: Reading): string[] {
  const metrics: Record<string, MetricDefinition> = serviceMetrics[service as MeasuredService] ?? {};
  const definition = metrics[metric];
  if (!definition) return [`${service} does not report ${metric}`];
  const errors: string[] = [];
  if (!STATISTICS[definition.kind].test(statistic)) errors.push(`${statistic} of the ${definition.kind} ${metric}`);
  const reported = [[], definition.dimensions ?? []].map((names) => names.toSorted().join());
  if (!reported.includes(dimensions.toSorted().join()))
    errors.push(`${metric} is not reported by ${dimensions.join()}`);
  return errors;
}

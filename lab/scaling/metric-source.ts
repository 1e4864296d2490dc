import { parseMetricExpression, type Datapoint, type Lookup } from './metric-expression.ts';
import type { Metric, MetricSource } from './scaled-service.ts';
import { fields, list, optionalNumber, TemplateError, type Fields } from './template.ts';

/** What Application Auto Scaling's predefined metrics stand for. */
const PREDEFINED: Readonly<Record<string, Metric>> = {
  ALBRequestCountPerTarget: {
    namespace: 'AWS/ApplicationELB',
    name: 'RequestCountPerTarget',
    statistic: 'Sum',
    periodSeconds: 60,
  },
  ECSServiceAverageCPUUtilization: {
    namespace: 'AWS/ECS',
    name: 'CPUUtilization',
    statistic: 'Average',
    periodSeconds: 60,
  },
  ECSServiceAverageCPUUtilizationHighResolution: {
    namespace: 'AWS/ECS',
    name: 'CPUUtilization',
    statistic: 'Average',
    periodSeconds: 20,
  },
};

/** What a target tracking policy tracks. */
export function trackedSource(configuration: Fields, where: string): MetricSource {
  const customized = configuration['CustomizedMetricSpecification'];
  if (customized !== undefined) return metricSource(fields(customized), where);
  const { PredefinedMetricType } = fields(configuration['PredefinedMetricSpecification']);
  const metric = PREDEFINED[String(PredefinedMetricType)];
  if (!metric) throw new TemplateError(`${where}: the metric ${String(PredefinedMetricType)} is not known here`);
  return sourceOf(metric);
}

/** What an alarm or a customized specification looks at: one metric, or metric math. */
export function metricSource(of: Fields, where: string): MetricSource {
  if (of['Metrics'] === undefined) return sourceOf(metricOf(of, of, where));
  const queries = list(of['Metrics']);
  const returned = queries.filter(({ ReturnData }) => ReturnData !== false);
  const [result] = returned;
  if (!result || returned.length > 1)
    throw new TemplateError(`${where}: expected one metric that returns data, got ${returned.length}`);
  return mathSource(queries, String(result['Id']), where);
}

function mathSource(queries: readonly Fields[], result: string, where: string): MetricSource {
  const metrics: Record<string, Metric> = {};
  const expressions: Record<string, (lookup: Lookup) => Datapoint> = {};
  for (const query of queries) {
    const id = String(query['Id']);
    if (typeof query['Expression'] === 'string') expressions[id] = parseMetricExpression(query['Expression']);
    else
      metrics[id] = metricOf(
        fields(fields(query['MetricStat'])['Metric']),
        fields(query['MetricStat']),
        `${where}, ${id}`,
      );
  }
  const periods = new Set(Object.values(metrics).map(({ periodSeconds }) => periodSeconds));
  const [periodSeconds] = periods;
  if (periodSeconds === undefined || periods.size > 1)
    throw new TemplateError(`${where}: expected metrics of one period, got ${periods.size}`);
  const valueOf = (id: string, lookup: Lookup, asked: readonly string[]): Datapoint => {
    if (asked.includes(id)) throw new TemplateError(`${where}: the expression ${id} refers to itself`);
    const expression = expressions[id];
    if (expression)
      return expression((inner, periodsAgo = 0) =>
        valueOf(inner, (id, more = 0) => lookup(id, periodsAgo + more), [...asked, id]),
      );
    if (!metrics[id]) throw new TemplateError(`${where}: no metric has the id ${id}`);
    return lookup(id);
  };
  const value = (lookup: Lookup) => valueOf(result, lookup, []);
  // Names that do not exist are to be told when the template is read, not in mid-run.
  value(() => 1);
  const { Expression: text } = queries.find(({ Id }) => Id === result) ?? {};
  return { text: withNames(typeof text === 'string' ? text : result, metrics), periodSeconds, metrics, value };
}

function withNames(text: string, metrics: Readonly<Record<string, Metric>>): string {
  return text.replace(/[a-z]\w*/g, (id) => metrics[id]?.name ?? id);
}

function sourceOf(metric: Metric): MetricSource {
  return {
    text: metric.name,
    periodSeconds: metric.periodSeconds,
    metrics: { m: metric },
    value: (lookup) => lookup('m'),
  };
}

function metricOf(metric: Fields, stat: Fields, where: string): Metric {
  const statistic = stat['Stat'] ?? stat['Statistic'] ?? stat['ExtendedStatistic'];
  const { Namespace, MetricName } = metric;
  if (typeof MetricName !== 'string' || typeof statistic !== 'string')
    throw new TemplateError(`${where}: expected the name and the statistic of a metric`);
  return {
    namespace: typeof Namespace === 'string' ? Namespace : 'custom',
    name: MetricName,
    statistic,
    // Target tracking's default.
    periodSeconds: optionalNumber(stat, 'Period') ?? 60,
  };
}

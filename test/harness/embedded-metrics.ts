import { type MeasuredService, type MetricDefinition, serviceMetrics } from '#libs/metrics';
import type { LogLines } from './log-lines.ts';

/** A line in CloudWatch's embedded metric format. */
interface EmbeddedMetric {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: [
      {
        Namespace: string;
        Dimensions: [string[], ...string[][]];
        Metrics: { Name: string; Unit: MetricDefinition['unit'] }[];
      },
    ];
  };
  [field: string]: unknown;
}

/** The metrics in the logs of a pipeline. */
export class EmbeddedMetrics {
  private readonly logs: LogLines;

  constructor(logs: LogLines) {
    this.logs = logs;
  }

  /** Every value that a service reported of a metric with these dimensions besides `Service`, in the order of the reports. */
  values(service: MeasuredService, name: string, others: Record<string, string> = {}): number[] {
    const wanted = { Service: service, ...others };
    return this.documents()
      .filter((document) => name in document)
      .filter(({ _aws, ...fields }) => {
        const [names] = _aws.CloudWatchMetrics[0].Dimensions;
        const dimensions = Object.fromEntries(names.map((dimension) => [dimension, fields[dimension]]));
        return JSON.stringify(dimensions) === JSON.stringify(wanted);
      })
      .flatMap((document) => document[name] as number | number[]);
  }

  sum(service: MeasuredService, name: string, others?: Record<string, string>): number {
    return this.values(service, name, others).reduce((sum, value) => sum + value, 0);
  }

  /** The names of the metrics that a service reported. */
  names(service: MeasuredService): string[] {
    const reported = this.documents().filter(({ Service }) => Service === service);
    return [
      ...new Set(reported.flatMap(({ _aws }) => _aws.CloudWatchMetrics[0].Metrics.map(({ Name }) => Name))),
    ].sort();
  }

  /** The values of a dimension that a service reported. */
  dimension(service: MeasuredService, dimension: string): string[] {
    const reported = this.documents().filter(({ Service }) => Service === service);
    return [...new Set(reported.flatMap((document) => (document[dimension] as string) ?? []))];
  }

  /** Errors of metrics that CloudWatch would refuse or that are not declared. */
  errors(namespace: string): string[] {
    return this.documents().flatMap((document) => errorsOf(document, namespace));
  }

  private documents(): EmbeddedMetric[] {
    return this.logs.lines.filter((line) => '_aws' in line) as unknown[] as EmbeddedMetric[];
  }
}

function errorsOf({ _aws, ...fields }: EmbeddedMetric, namespace: string): string[] {
  const [{ Namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics;
  const declared: Record<string, MetricDefinition> = serviceMetrics[fields['Service'] as MeasuredService] ?? {};
  return Metrics.flatMap(({ Name, Unit }) => {
    const values = [fields[Name]].flat();
    const { dimensions = [], unit } = declared[Name] ?? {};
    const rules = {
      'is not declared': unit !== undefined,
      'has another unit': Unit === unit,
      'has other dimensions': JSON.stringify(Dimensions) === JSON.stringify(dimensionSets(dimensions)),
      'lacks the value of a dimension': ['Service', ...dimensions].every((name) => typeof fields[name] === 'string'),
      'is in another namespace': Namespace === namespace,
      'has no time': Number.isInteger(_aws.Timestamp),
      'has no or too many values': values.length > 0 && values.length <= 100,
      'has a value that is not a number of at least 0': values.every((value) => Number(value) >= 0),
    };
    return Object.entries(rules).flatMap(([error, holds]) =>
      holds ? [] : `${String(fields['Service'])} ${Name} ${error}`,
    );
  });
}

/** A metric with dimensions is also reported as a total. */
function dimensionSets(dimensions: readonly string[]): string[][] {
  return dimensions.length > 0 ? [['Service', ...dimensions], ['Service']] : [['Service']];
}

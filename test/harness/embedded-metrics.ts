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

/** The metrics among what the processes of a pipeline wrote. */
export class EmbeddedMetrics {
  private readonly logs: LogLines;

  constructor(logs: LogLines) {
    this.logs = logs;
  }

  /** Every value that a service told of a metric with those dimensions beside `Service`, in the order of telling. */
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

  /** The names of the metrics that a service told. */
  names(service: MeasuredService): string[] {
    const told = this.documents().filter(({ Service }) => Service === service);
    return [...new Set(told.flatMap(({ _aws }) => _aws.CloudWatchMetrics[0].Metrics.map(({ Name }) => Name)))].sort();
  }

  /** The values of a dimension that a service told. */
  dimension(service: MeasuredService, dimension: string): string[] {
    const told = this.documents().filter(({ Service }) => Service === service);
    return [...new Set(told.flatMap((document) => (document[dimension] as string) ?? []))];
  }

  /** What CloudWatch would not take, or nobody has declared. */
  faults(namespace: string): string[] {
    return this.documents().flatMap((document) => faultsOf(document, namespace));
  }

  private documents(): EmbeddedMetric[] {
    return this.logs.lines.filter((line) => '_aws' in line) as unknown[] as EmbeddedMetric[];
  }
}

function faultsOf({ _aws, ...fields }: EmbeddedMetric, namespace: string): string[] {
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
      'has a value that is no number of 0 or more': values.every((value) => Number(value) >= 0),
    };
    return Object.entries(rules).flatMap(([fault, holds]) =>
      holds ? [] : `${String(fields['Service'])} ${Name} ${fault}`,
    );
  });
}

/** Of a metric with dimensions, the total is told as well. */
function dimensionSets(dimensions: readonly string[]): string[][] {
  return dimensions.length > 0 ? [['Service', ...dimensions], ['Service']] : [['Service']];
}

import type { MeasuredService, MetricDefinition, serviceMetrics } from './metric-definitions.ts';

type Definitions<Service extends MeasuredService> = (typeof serviceMetrics)[Service];

/** The names of a service's metrics of one kind. */
export type MetricName<Service extends MeasuredService, Kind extends MetricDefinition['kind']> = {
  [Name in keyof Definitions<Service>]: Definitions<Service>[Name] extends { kind: Kind } ? Name : never;
}[keyof Definitions<Service>] &
  string;

/** The values of exactly those dimensions that a metric is declared with. */
export type DimensionsOf<
  Service extends MeasuredService,
  Name extends keyof Definitions<Service>,
> = Definitions<Service>[Name] extends { dimensions: readonly (infer Dimension extends string)[] }
  ? Readonly<Record<Dimension, string>>
  : Readonly<Record<string, never>>;

/** A counter with dimensions needs them; one without is just named. */
export type CounterArguments<
  Service extends MeasuredService,
  Name extends keyof Definitions<Service>,
> = Definitions<Service>[Name] extends { dimensions: readonly string[] }
  ? [dimensions: DimensionsOf<Service, Name>, by?: number]
  : [dimensions?: DimensionsOf<Service, Name>, by?: number];

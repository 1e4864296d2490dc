import type { MetricUnit } from './metric-definitions.ts';

/** A metric's value in an interval; of a distribution, several. */
export interface MetricValue {
  name: string;
  unit: MetricUnit;
  value: number | readonly number[];
}

/** What is told as one: values with the same dimensions. */
export interface MetricDocument {
  /** `Service` first. */
  dimensions: Readonly<Record<string, string>>;
  values: readonly MetricValue[];
}

import { GraphWidget, type AlarmBase, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../config.ts';

/** A place on an order's way: what is alarmed there, and what of it the dashboard shows. */
export interface Station {
  readonly title: string;
  /** Of these somebody is told, each by itself. */
  readonly telling: readonly AlarmBase[];
  /** These are shown, and part of a symptom or its cause. */
  readonly silent: readonly AlarmBase[];
  /** Four at most: a row of the dashboard. */
  readonly graphs: readonly GraphWidget[];
}

/** What each station needs to know. */
export interface StationProps {
  readonly config: StageConfig;
}

const GRAPH_WIDTH = 6;

export interface GraphMetrics {
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
}

/** A quarter of a row. */
export function graph(title: string, { left, right = [] }: GraphMetrics): GraphWidget {
  return new GraphWidget({ title, width: GRAPH_WIDTH, left: [...left], right: [...right], leftYAxis: { min: 0 } });
}

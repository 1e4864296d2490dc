import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  TextWidget,
  type AlarmBase,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';

/** A station on the path of an order: its alarms, and its row of the dashboard. */
export interface Station {
  readonly title: string;
  /** Alarms that notify by themselves. */
  readonly notifying: readonly AlarmBase[];
  /** Alarms that are only shown: part of a symptom, or its cause. */
  readonly silent: readonly AlarmBase[];
  /** One row of the dashboard, so at most four graphs. */
  readonly graphs: readonly GraphWidget[];
}

const WIDTH = 24;

interface GraphMetrics {
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
}

/** A graph of a quarter of a row. */
export function graph(title: string, { left, right = [] }: GraphMetrics): GraphWidget {
  return new GraphWidget({ title, width: WIDTH / 4, left: [...left], right: [...right], leftYAxis: { min: 0 } });
}

/** The dashboard shows all alarms first, then a row for each station on the path of an order. */
export class OrdersDashboard extends Dashboard {
  constructor(scope: Construct, id: string, config: StageConfig, symptom: AlarmBase, stations: readonly Station[]) {
    super(scope, id, { dashboardName: prefixOf(config) });
    const alarms = stations.flatMap(({ notifying, silent }) => [...notifying, ...silent]);
    this.addWidgets(new AlarmStatusWidget({ title: 'Alarms', width: WIDTH, alarms: [symptom, ...alarms] }));
    for (const { title, graphs } of stations) {
      this.addWidgets(new TextWidget({ markdown: `## ${title}`, width: WIDTH, height: 1 }));
      this.addWidgets(...graphs);
    }
  }
}

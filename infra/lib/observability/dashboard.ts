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

/** A place on the path of an order: its alarms, and its row of the dashboard. */
export interface Station {
  readonly title: string;
  /** Each of these notifies by itself. */
  readonly telling: readonly AlarmBase[];
  /** These are shown, and are a part of a symptom or its cause. */
  readonly silent: readonly AlarmBase[];
  /** Four at most: a row of the dashboard. */
  readonly graphs: readonly GraphWidget[];
}

const WIDTH = 24;

export interface GraphMetrics {
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
}

/** A quarter of a row. */
export function graph(title: string, { left, right = [] }: GraphMetrics): GraphWidget {
  return new GraphWidget({ title, width: WIDTH / 4, left: [...left], right: [...right], leftYAxis: { min: 0 } });
}

export interface OrdersDashboardProps {
  readonly config: StageConfig;
  readonly symptoms: readonly AlarmBase[];
  readonly stations: readonly Station[];
}

/** The path of an order from top to bottom: first all alarms, then a row for each station. */
export class OrdersDashboard extends Dashboard {
  constructor(scope: Construct, id: string, { config, symptoms, stations }: OrdersDashboardProps) {
    super(scope, id, { dashboardName: prefixOf(config) });
    const alarms = stations.flatMap(({ telling, silent }) => [...telling, ...silent]);
    this.addWidgets(new AlarmStatusWidget({ title: 'Alarms', width: WIDTH, alarms: [...symptoms, ...alarms] }));
    for (const { title, graphs } of stations) {
      this.addWidgets(new TextWidget({ markdown: `## ${title}`, width: WIDTH, height: 1 }));
      this.addWidgets(...graphs);
    }
  }
}

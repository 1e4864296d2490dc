import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  TextWidget,
  type Alarm,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';

/** A station on the path of an order: its alarms, and its row of the dashboard. */
export interface Station {
  readonly title: string;
  readonly alarms: readonly Alarm[];
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
  constructor(scope: Construct, id: string, config: StageConfig, stations: readonly Station[]) {
    super(scope, id, { dashboardName: prefixOf(config) });
    const alarms = stations.flatMap((station) => station.alarms);
    this.addWidgets(new AlarmStatusWidget({ title: 'Alarms', width: WIDTH, alarms }));
    for (const { title, graphs } of stations) {
      this.addWidgets(new TextWidget({ markdown: `## ${title}`, width: WIDTH, height: 1 }));
      this.addWidgets(...graphs);
    }
  }
}

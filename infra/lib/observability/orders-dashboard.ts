import { AlarmStatusWidget, Dashboard, TextWidget, type AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';
import type { Station } from './station.ts';

const WIDTH = 24;

export interface OrdersDashboardProps {
  readonly config: StageConfig;
  readonly symptoms: readonly AlarmBase[];
  readonly stations: readonly Station[];
}

/** The way of an order from top to bottom: first all alarms, then a row for each station. */
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

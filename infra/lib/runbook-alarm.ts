import { Alarm, ComparisonOperator, MathExpression, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { prefixOf, type StageConfig } from './config.ts';

/** The period of all metrics in alarms and on the dashboard: each reports one value a minute. */
export const period = Duration.minutes(1);

/** An alarm rings if its metric is at least this value, or below it, for this many consecutive minutes. */
export type AlarmLimit = { readonly minutes: number } & ({ readonly atLeast: number } | { readonly below: number });

/** Rings at once, for a single occurrence. */
export const ANY: AlarmLimit = { atLeast: 1, minutes: 1 };

export interface RunbookEntry {
  readonly config: StageConfig;
  /** The alarm's name without the prefix of the stage. */
  readonly name: string;
  /** The anchor of the alarm's heading in docs/runbook.md, if it is not `name`: alarms of one kind share a heading. */
  readonly heading?: string;
  /** The first sentence of the description: what is wrong when the alarm rings. */
  readonly meaning: string;
}

export interface RunbookAlarmProps extends RunbookEntry {
  /** One value a minute. */
  readonly metric: IMetric;
  readonly limit: AlarmLimit;
  /** True: a minute without a value means that something is wrong. False, the default: it means that nothing happened. */
  readonly ringsOnMissingData?: boolean;
}

/** FILL also fills the newest minutes of metrics that are only late. So many more minutes cannot hide the minutes that ring. */
const LATE_MINUTES = 5;

function isFilled(metric: IMetric): boolean {
  return metric instanceof MathExpression && metric.expression.includes('FILL');
}

/** An alarm whose description says what it means and links its heading in the runbook. */
export class RunbookAlarm extends Alarm {
  /** The alarm's name in the account. */
  readonly name: string;

  constructor(scope: Construct, id: string, { metric, limit, ringsOnMissingData, ...entry }: RunbookAlarmProps) {
    const comparison =
      'below' in limit
        ? { threshold: limit.below, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD }
        : { threshold: limit.atLeast, comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD };
    super(scope, id, {
      alarmName: alarmNameOf(entry),
      alarmDescription: descriptionOf(entry),
      metric,
      evaluationPeriods: limit.minutes + (isFilled(metric) ? LATE_MINUTES : 0),
      datapointsToAlarm: limit.minutes,
      treatMissingData: ringsOnMissingData ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      ...comparison,
    });
    this.name = alarmNameOf(entry);
  }
}

function alarmNameOf({ config, name }: RunbookEntry): string {
  return `${prefixOf(config)}-${name}`;
}

function descriptionOf({ config, name, heading = name, meaning }: RunbookEntry): string {
  return `${meaning}. ${config.repositoryUrl}/docs/runbook.md#${heading}`;
}

import { Alarm, ComparisonOperator, type IMetric, type TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';
import type { AlarmLimit } from './alarm-limits.ts';

export interface RunbookEntry {
  readonly config: StageConfig;
  /** Of the alarm, behind the stage's prefix. */
  readonly name: string;
  /** The anchor of its heading in docs/runbook.md, where that is not its name: alarms of one kind share one. */
  readonly heading?: string;
  /** What it means when it rings. */
  readonly meaning: string;
}

export interface RunbookAlarmProps extends RunbookEntry {
  /** A value for each minute. */
  readonly metric: IMetric;
  readonly limit: AlarmLimit;
  /** What a minute without a value means. */
  readonly missing: TreatMissingData;
}

/** An alarm that says what it means and where in the runbook to read on. Nobody is told of it unless it is said so. */
export class RunbookAlarm extends Alarm {
  /** In the account. */
  readonly name: string;

  constructor(scope: Construct, id: string, { metric, limit, missing, ...entry }: RunbookAlarmProps) {
    const rings =
      'below' in limit
        ? { threshold: limit.below, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD }
        : { threshold: limit.atLeast, comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD };
    super(scope, id, {
      alarmName: alarmNameOf(entry),
      alarmDescription: descriptionOf(entry),
      metric,
      evaluationPeriods: limit.minutes,
      treatMissingData: missing,
      ...rings,
    });
    this.name = alarmNameOf(entry);
  }
}

export function alarmNameOf({ config, name }: RunbookEntry): string {
  return `${prefixOf(config)}-${name}`;
}

export function descriptionOf({ config, name, heading = name, meaning }: RunbookEntry): string {
  return `${meaning}. ${config.repositoryUrl}/docs/runbook.md#${heading}`;
}

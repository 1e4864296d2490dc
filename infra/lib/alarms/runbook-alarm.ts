import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  TreatMissingData,
  type IAlarm,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';
import type { AlarmLimit } from './alarm-limits.ts';

export interface RunbookEntry {
  readonly config: StageConfig;
  /** Name of the alarm, behind the stage's prefix. */
  readonly name: string;
  /** The anchor of its heading in docs/runbook.md, where that is not its name: alarms of one kind share one. */
  readonly heading?: string;
  /** What it means when the alarm rings. */
  readonly meaning: string;
}

export interface RunbookAlarmProps extends RunbookEntry {
  /** A value for each minute. */
  readonly metric: IMetric;
  readonly limit: AlarmLimit;
  /** Whether a minute without a value means that something is wrong; else it means that nothing happened. */
  readonly ringsForSilence?: boolean;
}

/** An alarm that says what it means and where in the runbook to read on. It notifies nobody by itself. */
export class RunbookAlarm extends Alarm {
  /** In the account. */
  readonly name: string;

  constructor(scope: Construct, id: string, { metric, limit, ringsForSilence, ...entry }: RunbookAlarmProps) {
    const rings =
      'below' in limit
        ? { threshold: limit.below, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD }
        : { threshold: limit.atLeast, comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD };
    super(scope, id, {
      alarmName: alarmNameOf(entry),
      alarmDescription: descriptionOf(entry),
      metric,
      evaluationPeriods: limit.minutes,
      treatMissingData: ringsForSilence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      ...rings,
    });
    this.name = alarmNameOf(entry);
  }
}

export interface SymptomProps extends RunbookEntry {
  /** Any of them is enough. */
  readonly anyOf: readonly IAlarm[];
}

/** What somebody outside notices: one notification for all the alarms that mean it. */
export class Symptom extends CompositeAlarm {
  constructor(scope: Construct, id: string, { anyOf, ...entry }: SymptomProps) {
    super(scope, id, {
      compositeAlarmName: alarmNameOf(entry),
      alarmDescription: descriptionOf(entry),
      alarmRule: AlarmRule.anyOf(...anyOf.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
  }
}

function alarmNameOf({ config, name }: RunbookEntry): string {
  return `${prefixOf(config)}-${name}`;
}

function descriptionOf({ config, name, heading = name, meaning }: RunbookEntry): string {
  return `${meaning}. ${config.repositoryUrl}/docs/runbook.md#${heading}`;
}

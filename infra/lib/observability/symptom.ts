import { AlarmRule, AlarmState, CompositeAlarm, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmNameOf, descriptionOf, type RunbookEntry } from '../alarms/runbook-alarm.ts';

export interface SymptomProps extends RunbookEntry {
  /** Any of them is enough. */
  readonly anyOf: readonly IAlarm[];
}

/** What somebody outside notices, told once for all the alarms that mean it. */
export class Symptom extends CompositeAlarm {
  constructor(scope: Construct, id: string, { anyOf, ...entry }: SymptomProps) {
    super(scope, id, {
      compositeAlarmName: alarmNameOf(entry),
      alarmDescription: descriptionOf(entry),
      alarmRule: AlarmRule.anyOf(...anyOf.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
  }
}

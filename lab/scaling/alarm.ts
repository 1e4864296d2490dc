/** The value of a minute; undefined if it has not arrived or does not exist. */
export type Datapoint = number | undefined;

export interface AlarmRule {
  readonly periods: number;
  readonly datapointsToAlarm: number;
  readonly breaches: (value: number) => boolean;
}

/**
 * Whether an alarm is in ALARM, according to "Configuring how CloudWatch alarms treat missing data". Missing data is treated as
 * missing: the alarms of Application Auto Scaling and of CDK's scaling policies have no other setting.
 * @param range all datapoints that CloudWatch reads, more than `periods`, the oldest first
 */
export function isAlarm(range: readonly Datapoint[], { periods, datapointsToAlarm, breaches }: AlarmRule): boolean {
  const real = range.filter((value) => value !== undefined);
  // Late datapoints are replaced by the most recent ones that have arrived.
  const evaluated = real.slice(-periods);
  if (evaluated.filter(breaches).length >= datapointsToAlarm) return true;
  if (real.length === 0 || real.length >= periods) return false;
  // With too few of them, an alarm rings if all breach and the oldest is old enough.
  const age = range.length - range.findIndex((value) => value !== undefined);
  return real.every(breaches) && age >= datapointsToAlarm;
}

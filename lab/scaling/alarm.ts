/** A value of a minute, or none: it has not arrived, or there is none. */
export type Datapoint = number | undefined;

export interface AlarmRule {
  readonly periods: number;
  readonly datapointsToAlarm: number;
  readonly breaches: (value: number) => boolean;
}

/**
 * Whether an alarm is in ALARM, by "Configuring how CloudWatch alarms treat missing data". Missing data is treated as missing:
 * neither Application Auto Scaling's own alarms nor those that CDK makes for a policy can have another setting.
 * @param range all datapoints that CloudWatch reads, more than `periods`, the oldest first
 */
export function isAlarm(range: readonly Datapoint[], { periods, datapointsToAlarm, breaches }: AlarmRule): boolean {
  const real = range.filter((value) => value !== undefined);
  // The most recent datapoints that have arrived take the place of late ones.
  const evaluated = real.slice(-periods);
  if (evaluated.filter(breaches).length >= datapointsToAlarm) return true;
  if (real.length === 0 || real.length >= periods) return false;
  // With too few of them, an alarm rings if all breach and the oldest is old enough.
  const age = range.length - range.findIndex((value) => value !== undefined);
  return real.every(breaches) && age >= datapointsToAlarm;
}

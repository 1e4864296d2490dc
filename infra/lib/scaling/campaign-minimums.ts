import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { Campaign, ServiceSize } from '../config.ts';
import type { Workload } from '../services/workload.ts';
import { CAMPAIGN_LEAD_MS } from './scaling-constants.ts';

/** Raises the minimum of a service ahead of each sale and restores it afterwards. */
export function addCampaignMinimums(workload: Workload, size: ServiceSize, campaigns: readonly Campaign[]): void {
  for (const { name, start, end, minTasks } of campaigns) {
    const minCapacity = minTasks[workload.name];
    if (minCapacity === undefined) continue;
    workload.tasks.scaleOnSchedule(`${name}-begins`, {
      schedule: Schedule.at(new Date(Date.parse(start) - CAMPAIGN_LEAD_MS)),
      minCapacity,
    });
    workload.tasks.scaleOnSchedule(`${name}-ends`, {
      schedule: Schedule.at(new Date(end)),
      minCapacity: size.minTasks,
    });
  }
}

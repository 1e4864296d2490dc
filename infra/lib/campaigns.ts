import { serviceNames, type Campaign, type StageConfig } from './config.ts';
import { isWhole } from './task-check.ts';

/** The errors within a campaign. */
export function* campaignErrors(
  { name, start, end, minTasks }: Campaign,
  { services }: StageConfig,
): Generator<string> {
  const where = `campaign ${name}`;
  if (!/^[A-Za-z0-9-]+$/.test(name)) yield `${where}: its name must be alphanumeric, with dashes`;
  for (const [field, instant] of Object.entries({ start, end })) {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(instant) || Number.isNaN(Date.parse(instant)))
      yield `${where}: ${field} must be an instant in UTC, e.g. 2027-11-26T08:00:00Z`;
  }
  if (Date.parse(end) <= Date.parse(start)) yield `${where}: end must be after start`;
  for (const service of serviceNames) {
    const tasks = minTasks[service];
    const { minTasks: usual, maxTasks } = services[service];
    if (tasks !== undefined && !isWhole(tasks, usual, maxTasks))
      yield `${where}: minTasks.${service} must be ${usual} to ${maxTasks}, its usual minimum and its maximum`;
  }
}

/** Longer than `CAMPAIGN_LEAD_MS`, by which the next campaign's minimums start early. */
const CAMPAIGN_GAP_MS = 60 * 60_000;

/** Campaigns must not overlap: the end of one would remove the minimum of the other. */
export function overlapErrors(campaigns: readonly Campaign[]): string[] {
  const byStart = campaigns.toSorted((one, other) => Date.parse(one.start) - Date.parse(other.start));
  return byStart.flatMap((campaign, position) => {
    const before = byStart[position - 1];
    const overlaps = before && Date.parse(campaign.start) - CAMPAIGN_GAP_MS < Date.parse(before.end);
    return overlaps ? [`campaign ${campaign.name} must start at least an hour after ${before.name} ends`] : [];
  });
}

/**
 * The stage without the campaigns that are over, and the names of those. AWS rejects a schedule in the past, and a deployment
 * or rollback must not have to wait until somebody has removed the campaign.
 */
export function withoutPastCampaigns(config: StageConfig, now: Date): { config: StageConfig; past: readonly string[] } {
  const isOver = ({ end }: StageConfig['campaigns'][number]) => Date.parse(end) <= now.getTime();
  const past = config.campaigns.filter(isOver).map(({ name }) => name);
  return { config: { ...config, campaigns: config.campaigns.filter((campaign) => !isOver(campaign)) }, past };
}

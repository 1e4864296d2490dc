import type { StageConfig } from './config.ts';

/**
 * The stage without the campaigns that are over, and their names. AWS has nothing to do at a time that has passed, and no
 * deployment or rollback should wait for somebody to tidy up.
 */
export function withoutPastCampaigns(config: StageConfig, now: Date): { config: StageConfig; past: readonly string[] } {
  const isOver = ({ end }: StageConfig['campaigns'][number]) => Date.parse(end) <= now.getTime();
  const past = config.campaigns.filter(isOver).map(({ name }) => name);
  return { config: { ...config, campaigns: config.campaigns.filter((campaign) => !isOver(campaign)) }, past };
}

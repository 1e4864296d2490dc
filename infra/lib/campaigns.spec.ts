import type { StageConfig } from './config.ts';
import { withoutPastCampaigns } from './campaigns.ts';
import { stages } from './stages.ts';

const stage: StageConfig = {
  ...(stages['production'] as StageConfig),
  campaigns: [
    { name: 'over', start: '2027-05-01T08:00:00Z', end: '2027-05-01T22:00:00Z', minTasks: { api: 10 } },
    { name: 'running', start: '2027-05-02T08:00:00Z', end: '2027-05-02T22:00:00Z', minTasks: { api: 10 } },
    { name: 'ahead', start: '2027-05-03T08:00:00Z', end: '2027-05-03T22:00:00Z', minTasks: { api: 10 } },
  ],
};

describe('a campaign', () => {
  const { config, past } = withoutPastCampaigns(stage, new Date('2027-05-02T12:00:00Z'));

  it('that is over is not deployed, and is reported', () => {
    expect(past).toEqual(['over']);
    expect(config.campaigns.map(({ name }) => name)).toEqual(['running', 'ahead']);
  });

  it('is over at its end', () => {
    expect(withoutPastCampaigns(stage, new Date('2027-05-03T22:00:00Z')).config.campaigns).toEqual([]);
  });
});

import type { StageConfig } from '../../infra/lib/config.ts';
import { stages } from '../../infra/lib/stages.ts';
import { figuresOf } from './figures.ts';
import { platformOf } from './platform.ts';
import { profileOf, type ProfileName } from './profiles.ts';
import { settingOf, worstRun } from './simulation.ts';

const MINUTE = 60;

describe('production', () => {
  const platform = platformOf(stages['production'] as StageConfig);
  const run = (name: ProfileName) => worstRun(settingOf(platform), profileOf(name, platform));
  const figures = (name: ProfileName) => figuresOf(run(name));

  it('refuses no order of a coupon, decides each within three minutes, and has no backlog five minutes after the peak', () => {
    const { refused, longestDecisionSeconds, backlogGoneSeconds } = figures('coupon');

    expect(refused).toBe(0);
    expect(longestDecisionSeconds).toBeLessThanOrEqual(3 * MINUTE);
    expect(backlogGoneSeconds).toBeLessThanOrEqual(5 * MINUTE);
  });

  it('decides and publishes each order of an announced campaign within twenty seconds', () => {
    const { refused, longestDecisionSeconds, longestPublicationSeconds } = figures('campaign');

    expect(refused).toBe(0);
    expect(longestDecisionSeconds).toBeLessThanOrEqual(20);
    expect(longestPublicationSeconds).toBeLessThanOrEqual(20);
  });

  it('handles a usual day with the minimum of tasks', () => {
    const { refused, longestDecisionSeconds, tasksMax } = figures('day-night');
    const { api, worker, 'stream-relay': relay } = platform.services;

    expect({ refused, tasksMax }).toEqual({
      refused: 0,
      tasksMax: { api: api.minTasks, worker: worker.minTasks, 'stream-relay': relay.minTasks },
    });
    expect(longestDecisionSeconds).toBeLessThanOrEqual(2);
  });

  it('loses no order of a flash of five times its design load, and has caught up in ten minutes', () => {
    const flash = run('flash');

    expect(flash.left).toEqual({ undecided: 0, unpublished: 0 });
    expect(figuresOf(flash).backlogGoneSeconds).toBeLessThanOrEqual(10 * MINUTE);
  });
});

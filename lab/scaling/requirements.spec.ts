import { figuresOf } from './figures.ts';
import { platformOf } from './platform.ts';
import { profileOf, type ProfileName } from './profiles.ts';
import type { Platform } from './scaled-service.ts';
import { worstRun } from './simulation.ts';
import { synthesizedTemplates } from './synthesized.ts';
import { taskRates } from './task-rates.ts';

const MINUTE = 60;

describe('production, as it is synthesized', () => {
  let platform: Platform;
  const figures = (name: ProfileName) => figuresOf(worstRun(platform, profileOf(name, platform), taskRates(platform)));

  beforeAll(() => {
    platform = platformOf(synthesizedTemplates('production'));
  });

  it('scales each service by its own queue depth', () => {
    const metrics = Object.values(platform.services).map(({ policies }) =>
      policies.flatMap(({ source }) => Object.values(source.metrics).map(({ name }) => name)),
    );

    expect(metrics[0]).toContain('PendingEnqueue');
    expect(metrics[0]).not.toContain('ApproximateNumberOfMessagesVisible');
    expect(metrics[1]).toContain('ApproximateNumberOfMessagesVisible');
    expect(metrics[2]).toContain('IteratorAge');
  });

  it('refuses no order of a coupon, lets none wait three minutes, and has the backlog gone five minutes after the peak', () => {
    const { refused, worstDecisionSeconds, backlogGoneSeconds } = figures('coupon');

    expect(refused).toBe(0);
    expect(worstDecisionSeconds).toBeLessThanOrEqual(3 * MINUTE);
    expect(backlogGoneSeconds).toBeLessThanOrEqual(5 * MINUTE);
  });

  it('lets no order of a campaign that it knows wait twenty seconds, neither to be decided nor to be told', () => {
    const { refused, worstDecisionSeconds, worstUntoldSeconds } = figures('campaign');

    expect(refused).toBe(0);
    expect(worstDecisionSeconds).toBeLessThanOrEqual(20);
    expect(worstUntoldSeconds).toBeLessThanOrEqual(20);
  });

  it('takes a usual day with the fewest tasks', () => {
    const { refused, worstDecisionSeconds, tasksMax } = figures('day-night');
    const { api, worker, 'stream-relay': relay } = platform.services;

    expect({ refused, tasksMax }).toEqual({
      refused: 0,
      tasksMax: { api: api.min, worker: worker.min, 'stream-relay': relay.min },
    });
    expect(worstDecisionSeconds).toBeLessThanOrEqual(2);
  });

  it('loses nothing of a flash of five times what it is made for, and has caught up in ten minutes', () => {
    const run = worstRun(platform, profileOf('flash', platform), taskRates(platform));

    expect(run.left).toEqual({ undecided: 0, untold: 0 });
    expect(figuresOf(run).backlogGoneSeconds).toBeLessThanOrEqual(10 * MINUTE);
  });
});

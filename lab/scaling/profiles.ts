import { CAMPAIGN_LEAD_MS } from '../../infra/lib/scaling/scaling-constants.ts';
import { instantOf } from './schedule.ts';
import type { Platform } from './scaled-service.ts';

/** How demand goes over time. */
export interface Profile {
  readonly name: string;
  readonly description: string;
  readonly seconds: number;
  /** When second 0 is. */
  readonly start: Date;
  /** Nobody knows at which second of a minute it begins. */
  readonly sudden: boolean;
  /** Orders a second, at this second. */
  readonly ordersPerSecond: (second: number) => number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** Of the profiles that have nothing to do with a schedule: a Wednesday on which none is due. */
const SOME_DAY = new Date('2027-03-03T00:00:00Z');

/** Minutes of a calm before, so that nothing is at its start by chance. */
const CALM = 5 * MINUTE;
/** What decays is halved in so many seconds. */
const HALVED_IN = 2 * MINUTE;

/** Up in a line, held, and then halved again and again. */
function rush(peak: number, ramp: number, hold: number, from = CALM) {
  return (second: number): number => {
    const since = second - from;
    if (since < 0) return 0;
    if (since < ramp) return (peak * since) / ramp;
    if (since < ramp + hold) return peak;
    const decayed = peak * 0.5 ** ((since - ramp - hold) / HALVED_IN);
    return decayed < 0.5 ? 0 : decayed;
  };
}

const coupon: Profile = {
  name: 'coupon',
  sudden: true,
  description: 'a coupon is sent out: 0 to 2,000 orders/s in one minute, held for five, halved every two minutes after',
  seconds: HOUR,
  start: SOME_DAY,
  ordersPerSecond: rush(2_000, MINUTE, 5 * MINUTE),
};

const flash: Profile = {
  name: 'flash',
  sudden: true,
  description:
    'nobody was told: 0 to 10,000 orders/s in ten seconds, held for two minutes, halved every two minutes after',
  seconds: HOUR,
  start: SOME_DAY,
  ordersPerSecond: rush(10_000, 10, 2 * MINUTE),
};

const dayNight: Profile = {
  name: 'day-night',
  sudden: false,
  description: 'a usual day: 5 orders/s at four in the morning, 300 at four in the afternoon',
  seconds: 24 * HOUR,
  start: SOME_DAY,
  ordersPerSecond: (second) => 152.5 - 147.5 * Math.cos((2 * Math.PI * (second - 4 * HOUR)) / (24 * HOUR)),
};

/** A sale begins so long after the schedule has raised the minimums. */
const SALE_AFTER_RAISE = CAMPAIGN_LEAD_MS / 1_000;

/** The rush of the coupon, twice as high and in ten seconds, when a campaign of the configuration begins. */
function campaign(platform: Platform): Profile {
  const raises = Object.values(platform.services).flatMap(({ scheduled }) =>
    scheduled.map(({ schedule }) => instantOf(schedule)),
  );
  const times = raises.flatMap((instant) => (instant ? [instant.getTime()] : []));
  if (times.length === 0) throw new Error('the template has no campaign: no scheduled action with at(…)');
  return {
    name: 'campaign',
    sudden: false,
    description: 'a sale that the configuration knows: 0 to 4,000 orders/s in ten seconds, held for ten minutes',
    seconds: HOUR,
    // Second CALM is that of the raise.
    start: new Date(Math.min(...times) - CALM * 1_000),
    ordersPerSecond: rush(4_000, 10, 10 * MINUTE, CALM + SALE_AFTER_RAISE),
  };
}

export const profileNames = ['coupon', 'flash', 'day-night', 'campaign'] as const;
export type ProfileName = (typeof profileNames)[number];

export function profileOf(name: ProfileName, platform: Platform): Profile {
  return name === 'campaign' ? campaign(platform) : { coupon, flash, 'day-night': dayNight }[name];
}

/** The same, so many seconds later: demand knows nothing of the minutes in which CloudWatch counts. */
export function delayed(profile: Profile, seconds: number): Profile {
  return {
    ...profile,
    ordersPerSecond: (second) => (second < seconds ? 0 : profile.ordersPerSecond(second - seconds)),
  };
}

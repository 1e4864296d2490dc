import { CAMPAIGN_LEAD_MS } from '../../infra/lib/scaling/scaling-policies.ts';
import { serviceNames, type Platform } from './platform.ts';

/** Demand over time. */
export interface Profile {
  readonly description: string;
  readonly seconds: number;
  /** The instant of second 0. */
  readonly startMs: number;
  /** Whether the demand may start at any second of a minute. */
  readonly sudden: boolean;
  /** The demand in orders a second, at this second. */
  readonly ordersPerSecond: (second: number) => number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** Seconds before a rush, so that no result depends on the start of the run. */
const CALM = 5 * MINUTE;
/** Seconds in which demand halves after a rush. */
const HALVED_IN = 2 * MINUTE;

/** Demand that rises linearly, stays, and then halves again and again. */
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

/** A rush on a Wednesday without a campaign, until demand has ended. */
const someDay = { startMs: Date.parse('2027-03-03T00:00:00Z'), seconds: 40 * MINUTE, sudden: true };

const coupon: Profile = {
  ...someDay,
  description: 'a coupon is sent out: 0 to 2,000 orders/s in one minute, held for five, halved every two minutes after',
  ordersPerSecond: rush(2_000, MINUTE, 5 * MINUTE),
};

const flash: Profile = {
  ...someDay,
  description:
    'an unannounced sale: 0 to 10,000 orders/s in ten seconds, held for two minutes, halved every two minutes after',
  ordersPerSecond: rush(10_000, 10, 2 * MINUTE),
};

const dayNight: Profile = {
  ...someDay,
  description: 'a usual day: 5 orders/s at four in the morning, 300 at four in the afternoon',
  seconds: 24 * HOUR,
  sudden: false,
  ordersPerSecond: (second) => 152.5 - 147.5 * Math.cos((2 * Math.PI * (second - 4 * HOUR)) / (24 * HOUR)),
};

/** A rush twice as high as the coupon's, in ten seconds, at the start of a campaign of the configuration. */
function campaign(platform: Platform): Profile {
  const times = serviceNames.flatMap((name) => platform.services[name].minimums.map(({ at }) => at.getTime()));
  if (times.length === 0) throw new Error('expected a stage with a campaign');
  return {
    description: 'a sale announced in the configuration: 0 to 4,000 orders/s in ten seconds, held for ten minutes',
    seconds: HOUR,
    sudden: false,
    // The campaign's minimums apply from second CALM on.
    startMs: Math.min(...times) - CALM * 1_000,
    ordersPerSecond: rush(4_000, 10, 10 * MINUTE, CALM + CAMPAIGN_LEAD_MS / 1_000),
  };
}

export const profileNames = ['coupon', 'flash', 'day-night', 'campaign'] as const;
export type ProfileName = (typeof profileNames)[number];

export function profileOf(name: ProfileName, platform: Platform): Profile {
  return name === 'campaign' ? campaign(platform) : { coupon, flash, 'day-night': dayNight }[name];
}

/** The same demand, this many seconds later, so that it is not aligned with CloudWatch's minutes. */
export function delayed(profile: Profile, seconds: number): Profile {
  const { ordersPerSecond } = profile;
  return { ...profile, ordersPerSecond: (second) => (second < seconds ? 0 : ordersPerSecond(second - seconds)) };
}

import { Duration } from 'aws-cdk-lib/core';
import type { ServiceName } from '../config.ts';

/** What one task with half a vCPU does in a second, by lab/bench/results/task-rates.json: orders taken in, decided, told. */
const PER_SECOND = { api: 680, worker: 750, 'stream-relay': 860 } as const satisfies Record<ServiceName, number>;
const MEASURED_CPU = 512;

/** What one task of this size does in a second. The apps run on one thread: beyond a whole vCPU there is no more. */
export function perSecond(service: ServiceName, cpu: number): number {
  return (PER_SECOND[service] * Math.min(cpu, 1_024)) / MEASURED_CPU;
}

/** How soon after a change the next one may follow. */
export const COOLDOWN = {
  out: Duration.seconds(30),
  in: Duration.minutes(5),
  /** A relay that stops hands its shards over: half as often is often enough. */
  relayIn: Duration.minutes(10),
};

/** Before a campaign: a task starts in about a minute, and what is new has time to get warm. */
export const CAMPAIGN_LEAD_MS = 15 * 60_000;

export const worker = {
  /** A backlog that a task clears in this time is no backlog. 750/s × 5 s = 3,750 messages a task. */
  backlogSeconds: 5,
  /**
   * Target tracking acts after three minutes above its target; these act after one. By the work of one task in a minute,
   * 750/s × 60 s = 45,000 messages. The first minute of a rush shows a part of it only: what one task would clear in
   * twelve seconds, 9,000, is enough for four more. `npm run simulate:scaling` tells what that comes to.
   */
  spikes: [
    { taskMinutes: 0.2, add: 4 },
    { taskMinutes: 1, add: 8 },
    { taskMinutes: 3, add: 20 },
  ],
} as const;

export const api = {
  /** 8 calls of 10 messages are on their way to SQS at most; half of them leaves room to gather what comes next. */
  pendingEnqueue: (8 * 10) / 2,
  /** Of what a task can do: the rest is for the minutes until another one is there. 680/s × 60 s × 0.6 = 24,480/min. */
  load: 0.6,
} as const;

export const streamRelay = {
  /** Read and not yet relayed: a task's work of one second. */
  unrelayedSeconds: 1,
  /** By the age of the oldest change that is not relayed. */
  lags: [
    { seconds: 5, add: 1 },
    { seconds: 30, add: 2 },
    { seconds: 120, add: 4 },
  ],
} as const;

/** When an alarm rings: a value of at least this, or below it, in so many minutes one after the other. */
export type AlarmLimit = { readonly minutes: number } & ({ readonly atLeast: number } | { readonly below: number });

/** One is one too many, at once. */
export const ANY: AlarmLimit = { atLeast: 1, minutes: 1 };

export const frontDoor = {
  /**
   * Per cent of the requests. Above and after the api's own alarm, which sees its failures first: ringing alone, it is the
   * way to the load balancer. Fewer than five failures in a minute are none.
   */
  errors: { atLeast: 5, minutes: 5 },
  leastFailures: 5,
  /** Per cent of the requests; one address above its limit is no half of them, and below 100 in a minute it is a scanner. */
  blocked: { atLeast: 50, minutes: 15 },
  leastBlocked: 100,
} as const;

export const api = {
  /**
   * Per cent of the requests. Each order not taken is tried again by its client, so one in fifty may fail for two minutes;
   * fewer than five failures in a minute are none, for of twenty requests one is 5 %.
   */
  errors: { atLeast: 2, minutes: 2 },
  leastFailures: 5,
  /** Seconds. An answer takes 0.5 s of waiting and 1 s of calling at most, and what is left of 2 s for the rest. */
  latency: { atLeast: 2, minutes: 5 },
  /** Milliseconds. SQS takes some 10 to 20; from half of the 1 s that a call may take on, the next thing is 503. */
  enqueueLatency: { atLeast: 500, minutes: 3 },
  /** Per cent of the orders asked for; clients do err, but not half of them. Below 100 in a minute one client is too many. */
  refused: { atLeast: 50, minutes: 15 },
  leastRefused: 100,
  /** ECS replaces an unhealthy task in about two minutes: still one after ten is one after the other. */
  unhealthy: { atLeast: 1, minutes: 10 },
} as const;

/** A task starts in one to two minutes, and ECS tells of it a minute later. */
export const noTask: AlarmLimit = { below: 1, minutes: 5 };
/** Waking from none: some minutes until SQS tells of the first message, one for the policy, two to start. */
export const notWoken: AlarmLimit = { atLeast: 1, minutes: 10 };

/** Seconds. A backlog is one of 5 s; for a spike tasks are added after one minute and run after two more. */
export const ordersQueueAge: AlarmLimit = { atLeast: 180, minutes: 3 };
/** Milliseconds: as old as a message of the orders queue may get. */
export const decisionDelay: AlarmLimit = { atLeast: 180_000, minutes: 3 };
/** A minute. A command that overtook its order is left once or twice; an outage leaves each of a task's 50 in hand. */
export const messagesLeft: AlarmLimit = { atLeast: 50, minutes: 3 };

/** Of a minute. On demand a table grows within minutes; it is throttled for longer if it has to be warmed. */
export const tableThrottles: AlarmLimit = { atLeast: 1, minutes: 5 };
/** The SDK tries again; some in each of five minutes are DynamoDB's. */
export const tableErrors: AlarmLimit = { atLeast: 1, minutes: 5 };

/** Milliseconds. The last step of scaling acts from two minutes of lag on, and has one to help. */
export const relayLag: AlarmLimit = { atLeast: 180_000, minutes: 3 };
/** Milliseconds. A shard is taken over after 11 to 15 s; four times as long is not being taken over. */
export const unownedShard: AlarmLimit = { atLeast: 60_000, minutes: 2 };

/** Seconds. A service may deploy, or be away for a while; its events are kept for 14 days. */
export const consumerQueueAge: AlarmLimit = { atLeast: 900, minutes: 5 };

/** Per cent of the month's budget. */
export const budget = { actual: 80, forecast: 100 } as const;

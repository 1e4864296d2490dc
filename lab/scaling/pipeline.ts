import type { Assumptions } from './assumptions.ts';
import { perService, shardsOf, tableOrdersPerSecond, type PerService } from './platform.ts';

/** Inside jest's modules each use of a global is slow. */
const { floor, max, min } = Math;

/** The state of the pipeline in one second. */
export interface Second {
  /** Orders that were requested, accepted, refused for the last time, decided and published in this second. */
  readonly demand: number;
  readonly accepted: number;
  readonly refused: number;
  /** Requests of this second, with those that are sent again. */
  readonly requests: number;
  readonly decided: number;
  readonly published: number;
  /** Requests that wait in each task of the api. */
  readonly pendingPerTask: number;
  readonly visible: number;
  readonly inFlight: number;
  /** Ages of the oldest undecided order, of the oldest unpublished order, and of that order's change. */
  readonly oldestUndecidedSeconds: number;
  readonly oldestUnpublishedSeconds: number;
  readonly oldestChangeSeconds: number;
  /** Records that the relays have read and not published. */
  readonly unrelayed: number;
  readonly running: PerService<number>;
  /** From 0 to 1. */
  readonly busy: PerService<number>;
}

/** The path of orders: accepted, queued, decided, published. Orders are whole numbers, and none appears or gets lost. */
export class SimulatedPipeline {
  private readonly rates: PerService<number>;
  private readonly assumptions: Assumptions;
  private readonly tableOrdersPerSecond: number;
  private readonly shards: number;
  private readonly pending = new OrderQueue();
  /** Refused orders; `queuedAt` is when they are sent again. */
  private readonly retries = new OrderQueue();
  private readonly orders = new OrderQueue();
  private readonly changes = new OrderQueue();

  /** @param rates orders a second of one task of each service */
  constructor(rates: PerService<number>, assumptions: Assumptions) {
    this.rates = rates;
    this.assumptions = assumptions;
    this.tableOrdersPerSecond = tableOrdersPerSecond(assumptions);
    this.shards = shardsOf(assumptions);
  }

  /** Simulates one second. */
  advance(now: number, demand: number, running: PerService<number>): Second {
    const { rates } = this;
    const intake = this.accept(now, demand, running.api);
    const decided = this.orders.take(min(floor(running.worker * rates.worker), this.tableOrdersPerSecond));
    for (const cohort of decided) this.changes.add({ ...cohort, queuedAt: now });
    const relays = min(running['stream-relay'], this.shards);
    const published = this.changes.take(floor(relays * rates['stream-relay']));
    const done = { api: intake.accepted, worker: ordersIn(decided), 'stream-relay': ordersIn(published) };
    return {
      ...intake,
      decided: done.worker,
      published: done['stream-relay'],
      ...this.waiting(now, running.worker),
      running,
      busy: perService((name) => (running[name] === 0 ? 0 : min(1, done[name] / (running[name] * rates[name])))),
    };
  }

  /** The accepted orders that are undecided, and the decided ones that are unpublished. */
  get left(): { undecided: number; unpublished: number } {
    return { undecided: this.orders.size, unpublished: this.changes.size };
  }

  /**
   * Requests that wait in the api have no answer yet. Those that cannot be answered in time are refused at once, and sent again
   * later. `acceptedAt` is when they were sent first.
   */
  private accept(now: number, demand: number, tasks: number) {
    const { apiWaitSeconds, refusalCost, retryAfterSeconds, retriesSeconds } = this.assumptions;
    const capacity = floor(tasks * this.rates.api);
    const room = floor(capacity * apiWaitSeconds);
    const again = this.retries.takeQueuedUntil(now);
    const requests = demand + ordersIn(again);
    this.pending.add({ acceptedAt: now, queuedAt: now, orders: demand });
    for (const cohort of again) this.pending.add(cohort);
    // What is neither accepted nor waits is refused, at a cost: accepted + refusalCost * refused = capacity.
    const excess = max(0, this.pending.size - room);
    const possible =
      excess <= capacity ? capacity : max(0, floor((capacity - refusalCost * excess) / (1 - refusalCost)));
    const accepted = ordersIn(this.pending.take(possible));
    this.orders.add({ acceptedAt: now, queuedAt: now, orders: accepted });
    const pendingPerTask = min(this.pending.size, room) / max(1, tasks);
    // The oldest have waited longest, so they are refused.
    const refused = this.pending.take(this.pending.size - room);
    const isLastTime = ({ acceptedAt }: Cohort) => now + retryAfterSeconds > acceptedAt + retriesSeconds;
    for (const cohort of refused) {
      if (!isLastTime(cohort)) this.retries.add({ ...cohort, queuedAt: now + retryAfterSeconds });
    }
    return { demand, requests, accepted, refused: ordersIn(refused.filter(isLastTime)), pendingPerTask };
  }

  private waiting(now: number, workers: number) {
    const { messagesInFlightPerWorker, recordsHeldPerShard } = this.assumptions;
    const inFlight = min(this.orders.size, workers * messagesInFlightPerWorker);
    const { oldest: order } = this.orders;
    const { oldest: change } = this.changes;
    return {
      visible: this.orders.size - inFlight,
      inFlight,
      oldestUndecidedSeconds: age(now, order?.acceptedAt),
      oldestUnpublishedSeconds: max(age(now, order?.acceptedAt), age(now, change?.acceptedAt)),
      oldestChangeSeconds: age(now, change?.queuedAt),
      unrelayed: min(this.changes.size, this.shards * recordsHeldPerShard),
    };
  }
}

/** Orders that arrived in the same second. */
interface Cohort {
  /** When the api accepted them. */
  readonly acceptedAt: number;
  /** When they arrived in this queue. */
  readonly queuedAt: number;
  readonly orders: number;
}

/** Waiting orders, the oldest first. */
class OrderQueue {
  size = 0;
  private readonly cohorts: Cohort[] = [];
  private head = 0;

  add(cohort: Cohort): void {
    if (cohort.orders === 0) return;
    this.cohorts.push(cohort);
    this.size += cohort.orders;
  }

  /** Takes at most this many orders, the oldest first. */
  take(most: number): Cohort[] {
    const taken: Cohort[] = [];
    let left = max(0, min(most, this.size));
    this.size -= left;
    while (left > 0) {
      const first = this.cohorts[this.head] as Cohort;
      const orders = min(left, first.orders);
      taken.push({ ...first, orders });
      left -= orders;
      if (orders === first.orders) this.head += 1;
      else this.cohorts[this.head] = { ...first, orders: first.orders - orders };
    }
    return taken;
  }

  /** Takes those that have arrived by then. */
  takeQueuedUntil(now: number): Cohort[] {
    const taken: Cohort[] = [];
    while (this.oldest && this.oldest.queuedAt <= now) taken.push(...this.take(this.oldest.orders));
    return taken;
  }

  get oldest(): Cohort | undefined {
    return this.cohorts[this.head];
  }
}

function ordersIn(cohorts: readonly Cohort[]): number {
  return cohorts.reduce((sum, { orders }) => sum + orders, 0);
}

/** 0 if nothing waits. */
function age(now: number, since: number | undefined): number {
  return since === undefined ? 0 : now - since + 1;
}

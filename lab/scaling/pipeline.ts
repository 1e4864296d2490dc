import { type Assumptions, shardsOf } from './assumptions.ts';
import { OrderQueue, type Cohort } from './order-queue.ts';
import type { Platform, ServiceName } from './scaled-service.ts';

/** Orders that one running task of each service gets done in a second. */
export type TaskRates = Readonly<Record<ServiceName, number>>;
export type Running = Readonly<Record<ServiceName, number>>;

/** An order's way: taken in, queued, decided into the table, told to the topic. Orders are whole, and none is made or lost. */
export class Pipeline {
  private readonly rates: TaskRates;
  private readonly assumptions: Assumptions;
  private readonly tableOrdersPerSecond: number;
  readonly shards: number;
  private readonly pending = new OrderQueue();
  private readonly orders = new OrderQueue();
  private readonly changes = new OrderQueue();

  constructor(platform: Platform, rates: TaskRates, assumptions: Assumptions) {
    this.rates = rates;
    this.assumptions = assumptions;
    const { newTableWriteUnits, writeUnitsPerOrder, indexWriteUnitsPerOrder } = assumptions;
    const writeUnits = Math.max(platform.warmWriteUnits.table ?? 0, newTableWriteUnits);
    const indexUnits = Math.max(platform.warmWriteUnits.index ?? 0, newTableWriteUnits);
    this.tableOrdersPerSecond = Math.floor(
      Math.min(writeUnits / writeUnitsPerOrder, indexUnits / indexWriteUnitsPerOrder),
    );
    this.shards = shardsOf(platform.warmWriteUnits.table, assumptions);
  }

  /** What becomes of the orders of one second. */
  advance(now: number, demand: number, running: Running) {
    const intake = this.takeIn(now, demand, running.api);
    const decided = this.orders.take(
      Math.min(Math.floor(running.worker * this.rates.worker), this.tableOrdersPerSecond),
    );
    for (const cohort of decided) this.changes.add({ ...cohort, queuedAt: now });
    const relays = Math.min(running['stream-relay'], this.shards);
    const told = this.changes.take(Math.floor(relays * this.rates['stream-relay']));
    return {
      ...intake,
      decidedCohorts: decided,
      decided: ordersIn(decided),
      told: ordersIn(told),
      ...this.waiting(now, running),
      busy: this.busy(intake.accepted, ordersIn(decided), ordersIn(told), running),
    };
  }

  /** Orders that were accepted and are not decided, or decided and not told. */
  get left(): { undecided: number; untold: number } {
    return { undecided: this.orders.size, untold: this.changes.size };
  }

  /** What waits in the api was not answered yet; what can not be answered in time is refused at once. */
  private takeIn(now: number, demand: number, tasks: number) {
    const { apiWaitSeconds, apiPendingPerTask } = this.assumptions;
    this.pending.add({ acceptedAt: now, queuedAt: now, orders: demand });
    const accepted = ordersIn(this.pending.take(Math.floor(tasks * this.rates.api)));
    this.orders.add({ acceptedAt: now, queuedAt: now, orders: accepted });
    const room = Math.floor(tasks * Math.min(apiPendingPerTask, this.rates.api * apiWaitSeconds));
    const refused = Math.max(0, this.pending.size - room);
    const full = this.pending.size / Math.max(1, tasks);
    // The oldest have waited longest, so they are the ones that are refused.
    this.pending.take(refused);
    return { demand, accepted, refused, pendingPerTask: Math.min(full, room / Math.max(1, tasks)) };
  }

  private waiting(now: number, running: Running) {
    const backlog = this.orders.size;
    const inFlight = Math.min(backlog, running.worker * this.assumptions.messagesInHandPerWorker);
    return {
      visible: backlog - inFlight,
      inFlight,
      oldestUndecidedSeconds: age(now, this.orders.oldest?.acceptedAt),
      oldestUntoldSeconds: age(now, this.orders.oldest?.acceptedAt, this.changes.oldest?.acceptedAt),
      oldestChangeSeconds: age(now, this.changes.oldest?.queuedAt),
      unrelayed: Math.min(this.changes.size, this.shards * this.assumptions.recordsHeldPerShard),
    };
  }

  private busy(accepted: number, decided: number, told: number, running: Running): Record<ServiceName, number> {
    const part = (done: number, service: ServiceName) =>
      running[service] === 0 ? 0 : Math.min(1, done / (running[service] * this.rates[service]));
    return { api: part(accepted, 'api'), worker: part(decided, 'worker'), 'stream-relay': part(told, 'stream-relay') };
  }
}

function ordersIn(cohorts: readonly Cohort[]): number {
  return cohorts.reduce((sum, { orders }) => sum + orders, 0);
}

/** Seconds since the earliest of these; 0 where nothing waits. */
function age(now: number, ...instants: (number | undefined)[]): number {
  const known = instants.filter((instant) => instant !== undefined);
  return known.length === 0 ? 0 : now - Math.min(...known) + 1;
}

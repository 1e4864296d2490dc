import type { ReceivedOrderEvent } from './received-order-event.ts';

/** `skipped`: this version of the order, or a later one, was applied before. Either way the message is done with. */
export type Outcome = 'applied' | 'skipped';

/** Writes what an event means to the service, through the transaction alone. */
export type Apply<Transaction> = (transaction: Transaction) => void | Promise<void>;

/**
 * Where a service keeps what it makes of the events, and with it the version of each order that it applied last.
 * `Transaction` is what its writes go through: a database client in a transaction, a list of writes, a state.
 */
export interface ConsumerStore<Transaction> {
  /**
   * Does two things in one atomic step: sets the order's version to `version`, and stores whatever `apply` writes
   * through the transaction. The step is taken only if, at the moment of the commit, the order has no version yet or
   * one less than `version`. An implementation need not call `apply` when it knows before that the step is not taken.
   *
   * @returns true when all of it was stored; false when nothing was, as the version was not newer.
   * Rejects when it is not known, or nothing was stored for another reason: `apply` failed, two consumers met, the
   * database is away. Then the same call may be made again, by anybody.
   */
  commitIfNewer(orderId: string, version: number, apply: Apply<Transaction>): Promise<boolean>;
}

/**
 * Applies an event unless it, or a later one of its order, was applied before: so an event that is delivered again, to
 * whichever consumer and however late, changes nothing.
 *
 * `apply` writes through `transaction` alone: it may be called for an attempt that comes to nothing, and again for the
 * next. What cannot be rolled back (a mail, a call of another service) is written there as something to do, and done
 * by whoever reads that list.
 *
 * Delete the message from the queue once this has resolved, and only then: when it rejects, SQS delivers it again.
 *
 * An event carries the whole order, so what is skipped is missing from no state. In the order of first deliveries,
 * which is the order in which a queue delivers, none is skipped: a consumer that needs each change gets each.
 *
 * @example
 * const received = readOrderEvent(message.Body);
 * await applyIfNewer(received, store, (client) => saveShipments(client, received.order));
 */
export async function applyIfNewer<Transaction>(
  { orderId, version }: Pick<ReceivedOrderEvent, 'orderId' | 'version'>,
  store: ConsumerStore<Transaction>,
  apply: Apply<Transaction>,
): Promise<Outcome> {
  return (await store.commitIfNewer(orderId, version, apply)) ? 'applied' : 'skipped';
}

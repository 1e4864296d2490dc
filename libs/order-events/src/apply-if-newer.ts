import type { ReceivedOrderEvent } from './received-order-event.ts';

/** `skipped`: this version of the order, or a later one, was applied before. In both cases the message can be deleted. */
export type Outcome = 'applied' | 'skipped';

/** Writes what an event changes in the service, only through the transaction. */
export type Apply<Transaction> = (transaction: Transaction) => void | Promise<void>;

/**
 * The store of a service: its own state, made from events, and the last applied version of each order. `Transaction` is
 * the interface of its writes: a database client in a transaction, a list of writes, a state.
 */
export interface ConsumerStore<Transaction> {
  /**
   * Does two things in one atomic step: sets the order's version to `version`, and stores what `apply` writes through the
   * transaction. The step commits only if, at that moment, the order has no version yet or a lower one. An implementation
   * need not call `apply` when it knows beforehand that the step will not commit.
   *
   * @returns true when everything was stored; false when nothing was, because the version was not newer.
   * Rejects when the outcome is unknown, or when nothing was stored for another reason: `apply` failed, two consumers
   * conflicted, the database is unavailable. Any consumer may then repeat the call.
   */
  commitIfNewer(orderId: string, version: number, apply: Apply<Transaction>): Promise<boolean>;
}

/**
 * Applies an event unless it, or a later event of its order, was applied before. An event that is delivered again, to any
 * consumer and however late, changes nothing.
 *
 * `apply` must write only through `transaction`: it may be called for an attempt that fails, and again for the next one.
 * For an effect that cannot be rolled back (a mail, a call of another service), write a task through the transaction, and
 * let another process carry it out.
 *
 * Delete the message from the queue only after this has resolved. When it rejects, SQS delivers the message again.
 *
 * An event carries the whole order, so a skipped event is missing from no state. A FIFO queue delivers the events of an
 * order in order, and then none is skipped: a consumer that needs each change receives each.
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

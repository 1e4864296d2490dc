/**
 * What a run comes to.
 *
 * - **accepted**: an order of which a client got a 202. What a client gave up on was never promised: it may be in the table
 *   or not.
 * - **lost**: an accepted order that is not in the table; an accepted change that is not in its order's history; a version
 *   of any stored order, accepted or not, whose event is missing in one of the three queues, or that a service never
 *   applied; a malformed message that is not in the dead-letter queue; any other message that is in one.
 * - **doubled**: two items of the table that were made of one order of a client (by payment reference or order id); two
 *   order ids for one Idempotency-Key; a command that stands in an order's history twice; a version that a service applied
 *   twice. A repeated delivery alone is none: SQS and SNS promise at least once, and SNS forgets after five minutes.
 * - **out of order**: a queue's first delivery of a version that came after the first delivery of a later one of the same
 *   order; versions of a history that do not count 1, 2, 3.
 *
 * An order counts once in each of the three, however much is wrong with it.
 */
import { eventConsumerNames } from '#libs/resources';
import type { Evidence, StoredOrder, ReceivedOrder } from './evidence.ts';

export type FaultKind = 'lost' | 'doubled' | 'out of order';

export interface LedgerFault {
  readonly kind: FaultKind;
  /** The order, or what else is wrong: a message, a queue. */
  readonly subject: string;
  readonly detail: string;
}

export interface Verdict {
  readonly accepted: number;
  readonly faults: readonly LedgerFault[];
  /** Deliveries of events that had been delivered before: legal, and how much of it there was. */
  readonly repeatedDeliveries: number;
  readonly events: number;
}

const NOTHING_RECEIVED: ReceivedOrder = { delivered: [], applied: [] };

/** Judges a run that has come to rest. */
export function verdictOf(evidence: Evidence): Verdict {
  const { accepted, stored } = evidence;
  const byId = Map.groupBy(stored, ({ orderId }) => orderId);
  const faults = [
    ...accepted.filter(({ orderId }) => !byId.has(orderId)).map(({ orderId }) => lost(orderId, 'not in the table')),
    ...changeFaults(evidence, byId),
    ...itemFaults(stored, byId),
    ...evidence.renamed.map((orderId) => doubled(orderId, 'its Idempotency-Key was answered with two order ids')),
    ...stored.flatMap(historyFaults),
    ...eventFaults(evidence),
    ...deadLetterFaults(evidence),
  ];
  return { accepted: accepted.length, faults, ...deliveriesOf(evidence) };
}

/** The last line of a run. */
export function verdictText({ accepted, faults }: Verdict): string {
  const subjects = (kind: FaultKind): number =>
    new Set(faults.filter((fault) => fault.kind === kind).map(({ subject }) => subject)).size;
  return `accepted ${accepted}, lost ${subjects('lost')}, doubled ${subjects('doubled')}, out of order ${subjects('out of order')}`;
}

function changeFaults({ changes }: Evidence, byId: ReadonlyMap<string, readonly StoredOrder[]>): LedgerFault[] {
  return changes
    .filter(({ orderId, commandId }) => {
      const orders = byId.get(orderId) ?? [];
      return !orders.some(({ history }) => history.some((entry) => entry.commandId === commandId));
    })
    .map(({ orderId, event, commandId }) =>
      lost(orderId, `accepted ${event}, command ${commandId}, is not in its history`),
    );
}

function itemFaults(stored: readonly StoredOrder[], byId: ReadonlyMap<string, readonly StoredOrder[]>): LedgerFault[] {
  const faults: LedgerFault[] = [];
  for (const [orderId, orders] of byId) {
    if (orders.length > 1) faults.push(doubled(orderId, `${orders.length} items have this order id`));
  }
  for (const [reference, orders] of Map.groupBy(stored, ({ reference }) => reference)) {
    const ids = [...new Set(orders.map(({ orderId }) => orderId))];
    if (ids.length > 1) faults.push(doubled(ids[0]!, `${reference} became the orders ${ids.join(', ')}`));
  }
  return faults;
}

function historyFaults({ orderId, version, history }: StoredOrder): LedgerFault[] {
  const faults: LedgerFault[] = [];
  const commands = new Set(history.map(({ commandId }) => commandId));
  if (commands.size < history.length) faults.push(doubled(orderId, 'a command stands in its history twice'));
  const counts = history.every((entry, position) => entry.version === position + 1) && history.length === version;
  if (!counts)
    faults.push({ kind: 'out of order', subject: orderId, detail: 'the versions of its history do not count' });
  return faults;
}

function eventFaults({ stored, received }: Evidence): LedgerFault[] {
  return eventConsumerNames.flatMap((service) =>
    stored.flatMap(({ orderId, version }) => {
      const { delivered, applied } = received[service].get(orderId) ?? NOTHING_RECEIVED;
      const faults: LedgerFault[] = [];
      const firsts = [...new Set(delivered)];
      const missing = versionsTo(version).filter((wanted) => !firsts.includes(wanted) || !applied.includes(wanted));
      if (missing.length > 0) faults.push(lost(orderId, `${service} has no event of version ${missing.join(', ')}`));
      if (firsts.some((first, position) => position > 0 && first < firsts[position - 1]!)) {
        const detail = `${service} first received its versions in the order ${firsts.join(', ')}`;
        faults.push({ kind: 'out of order', subject: orderId, detail });
      }
      if (new Set(applied).size < applied.length)
        faults.push(doubled(orderId, `${service} applied its versions ${applied.join(', ')}`));
      return faults;
    }),
  );
}

function deadLetterFaults({ poison, parked, strayed }: Evidence): LedgerFault[] {
  const parkedIds = new Set(parked.map(({ messageId }) => messageId));
  const poisonIds = new Set(poison);
  return [
    ...poison
      .filter((messageId) => !parkedIds.has(messageId))
      .map((messageId) => lost(messageId, 'a malformed message that is not in orders-dlq')),
    ...parked
      .filter(({ messageId }) => !poisonIds.has(messageId))
      .map(({ messageId, reason }) => lost(messageId, `in orders-dlq for ${reason}, and was not malformed`)),
    ...Object.entries(strayed)
      .filter(([, count]) => count > 0)
      .map(([queue, count]) => lost(queue, `${count} messages in a queue that should be empty`)),
  ];
}

function deliveriesOf({ received }: Evidence): Pick<Verdict, 'events' | 'repeatedDeliveries'> {
  let events = 0;
  let repeatedDeliveries = 0;
  for (const service of eventConsumerNames) {
    for (const { delivered } of received[service].values()) {
      const different = new Set(delivered).size;
      events += different;
      repeatedDeliveries += delivered.length - different;
    }
  }
  return { events, repeatedDeliveries };
}

function versionsTo(version: number): number[] {
  return Array.from({ length: version }, (_, position) => position + 1);
}

function lost(subject: string, detail: string): LedgerFault {
  return { kind: 'lost', subject, detail };
}

function doubled(subject: string, detail: string): LedgerFault {
  return { kind: 'doubled', subject, detail };
}

/**
 * Counts the results of a run:
 *
 * - **accepted**: an order for which a client received 202. An order that its client gave up may be in the table or not.
 * - **lost**: an accepted order that is not in the table; an accepted change that is not in its order's history; a version
 *   of any stored order, accepted or not, whose event is missing in the queue of a subscriber, or that a service never
 *   applied; a malformed message that is not in the dead-letter queue; any other message that is in one.
 * - **doubled**: two items in the table for one order of a client (by payment reference or order id); two order ids for one
 *   Idempotency-Key; a command that is in an order's history twice; a version that a service applied twice. A repeated delivery
 *   is legal: SQS and SNS deliver at least once, and SNS deduplicates for five minutes.
 * - **out of order**: a version whose first delivery by a queue came after the first delivery of a later version of the same
 *   order; versions of a history that are not 1, 2, 3 and so on.
 *
 * An order counts at most once in each of the three counts.
 */
import { eventConsumerNames } from '#libs/resources';
import type { Evidence, OrderItem, ReceivedOrder } from './evidence.ts';

type ViolationKind = 'lost' | 'doubled' | 'out of order';

export interface Violation {
  readonly kind: ViolationKind;
  /** The id of an order or a message, or the name of a queue. */
  readonly subject: string;
  readonly detail: string;
}

export type Verdict = ReturnType<typeof verdictOf>;

const NOTHING_RECEIVED: ReceivedOrder = { delivered: [], applied: [] };

/** Judges a run in which nothing moves any more. */
export function verdictOf(evidence: Evidence) {
  const { accepted, stored } = evidence;
  const byId = Map.groupBy(stored, ({ orderId }) => orderId);
  const violations = [
    ...accepted.filter(({ orderId }) => !byId.has(orderId)).map(({ orderId }) => lost(orderId, 'not in the table')),
    ...changeViolations(evidence, byId),
    ...itemViolations(stored, byId),
    ...evidence.renamed.map((orderId) => doubled(orderId, 'its Idempotency-Key was answered with two order ids')),
    ...stored.flatMap(historyViolations),
    ...eventViolations(evidence),
    ...deadLetterViolations(evidence),
  ];
  return { accepted: accepted.length, violations, ...deliveriesOf(evidence) };
}

/** The last line of a run. */
export function verdictText({ accepted, violations }: Verdict): string {
  const subjects = (kind: ViolationKind): number =>
    new Set(violations.filter((violation) => violation.kind === kind).map(({ subject }) => subject)).size;
  return `accepted ${accepted}, lost ${subjects('lost')}, doubled ${subjects('doubled')}, out of order ${subjects('out of order')}`;
}

function changeViolations({ changes }: Evidence, byId: ReadonlyMap<string, readonly OrderItem[]>): Violation[] {
  return changes
    .filter(({ orderId, commandId }) => {
      const orders = byId.get(orderId) ?? [];
      return !orders.some(({ history }) => history.some((entry) => entry.commandId === commandId));
    })
    .map(({ orderId, event, commandId }) =>
      lost(orderId, `accepted ${event}, command ${commandId}, is not in its history`),
    );
}

function itemViolations(stored: readonly OrderItem[], byId: ReadonlyMap<string, readonly OrderItem[]>): Violation[] {
  const violations: Violation[] = [];
  for (const [orderId, orders] of byId) {
    if (orders.length > 1) violations.push(doubled(orderId, `${orders.length} items have this order id`));
  }
  for (const [reference, orders] of Map.groupBy(stored, ({ reference }) => reference)) {
    const ids = [...new Set(orders.map(({ orderId }) => orderId))];
    if (ids.length > 1) violations.push(doubled(ids[0]!, `${reference} became the orders ${ids.join(', ')}`));
  }
  return violations;
}

function historyViolations({ orderId, version, history }: OrderItem): Violation[] {
  const violations: Violation[] = [];
  const commands = new Set(history.map(({ commandId }) => commandId));
  if (commands.size < history.length) violations.push(doubled(orderId, 'a command is in its history twice'));
  const isComplete = history.every((entry, position) => entry.version === position + 1) && history.length === version;
  if (!isComplete) violations.push(outOfOrder(orderId, `its history does not have the versions 1 to ${version}`));
  return violations;
}

function eventViolations({ stored, received }: Evidence): Violation[] {
  return eventConsumerNames.flatMap((service) =>
    stored.flatMap(({ orderId, version }) => {
      const { delivered, applied } = received[service].get(orderId) ?? NOTHING_RECEIVED;
      const violations: Violation[] = [];
      const firsts = [...new Set(delivered)];
      const missing = versionsTo(version).filter((wanted) => !firsts.includes(wanted) || !applied.includes(wanted));
      if (missing.length > 0)
        violations.push(lost(orderId, `${service} has no event of version ${missing.join(', ')}`));
      if (firsts.some((first, position) => position > 0 && first < firsts[position - 1]!)) {
        violations.push(
          outOfOrder(orderId, `${service} first received its versions in the order ${firsts.join(', ')}`),
        );
      }
      if (new Set(applied).size < applied.length)
        violations.push(doubled(orderId, `${service} applied its versions ${applied.join(', ')}`));
      return violations;
    }),
  );
}

function deadLetterViolations({ poison, deadLettered, leftOver }: Evidence): Violation[] {
  const deadLetteredIds = new Set(deadLettered.map(({ messageId }) => messageId));
  const poisonIds = new Set(poison);
  return [
    ...poison
      .filter((messageId) => !deadLetteredIds.has(messageId))
      .map((messageId) => lost(messageId, 'a malformed message that is not in orders-dlq')),
    ...deadLettered
      .filter(({ messageId }) => !poisonIds.has(messageId))
      .map(({ messageId, reason }) => lost(messageId, `in orders-dlq for ${reason}, and was not malformed`)),
    ...Object.entries(leftOver)
      .filter(([, count]) => count > 0)
      .map(([queue, count]) => lost(queue, `${count} messages in a queue that should be empty`)),
  ];
}

/** Counts the events and their repeated deliveries, which are legal. */
function deliveriesOf({ received }: Evidence) {
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

function lost(subject: string, detail: string): Violation {
  return { kind: 'lost', subject, detail };
}

function outOfOrder(subject: string, detail: string): Violation {
  return { kind: 'out of order', subject, detail };
}

function doubled(subject: string, detail: string): Violation {
  return { kind: 'doubled', subject, detail };
}

import { eventConsumerNames, type EventConsumerName } from '#libs/resources';
import type { Evidence, OrderItem, ReceivedOrder } from './evidence.ts';
import { violationLines } from '../report/run-result.ts';
import { verdictOf, verdictText } from './ledger.ts';

const EVENTS = ['confirmed', 'fulfillment_started', 'shipped'];

function stored(orderId: string, versions = 1): OrderItem {
  const history = EVENTS.slice(0, versions).map((event, position) => ({
    version: position + 1,
    event,
    commandId: position === 0 ? orderId : `${orderId}-${event}`,
    at: `2030-01-01T00:00:0${position}.000Z`,
  }));
  return { orderId, reference: `pay-${orderId}`, version: versions, history };
}

function received(delivered: number[], applied = [...new Set(delivered)]): ReceivedOrder {
  return { delivered, applied };
}

/** A good run of three orders; one of them has three versions. */
function goodRun() {
  const orders = [stored('A', 3), stored('B'), stored('C')];
  const receivedOrders = () =>
    new Map(orders.map(({ orderId, version }) => [orderId, received(version === 3 ? [1, 2, 2, 3] : [1])]));
  return {
    accepted: orders.map(({ orderId, reference }) => ({ orderId, reference, attempts: ['0.1 s 503', '0.9 s 202'] })),
    renamed: [] as string[],
    changes: [{ orderId: 'A', commandId: 'A-shipped', event: 'shipped' }],
    stored: orders,
    received: Object.fromEntries(eventConsumerNames.map((name) => [name, receivedOrders()])) as Record<
      EventConsumerName,
      Map<string, ReceivedOrder>
    >,
    poison: ['m-1'],
    deadLettered: [
      { messageId: 'm-1', reason: 'MALFORMED_COMMAND' },
      { messageId: 'm-1', reason: 'MALFORMED_COMMAND' },
    ],
    leftOver: { 'stream-relay-dlq.fifo': 0 } as Record<string, number>,
  } satisfies Evidence;
}

type Run = ReturnType<typeof goodRun>;

const GOOD = 'accepted 3, lost 0, doubled 0, out of order 0';

describe('the ledger', () => {
  it('finds nothing in a good run, and counts repeated deliveries', () => {
    const verdict = verdictOf(goodRun());
    expect(verdictText(verdict)).toBe(GOOD);
    const subscribers = eventConsumerNames.length;
    expect(verdict).toMatchObject({ violations: [], events: 5 * subscribers, repeatedDeliveries: subscribers });
  });

  it('accepts a stored order without a 202, as long as its events are delivered', () => {
    const run = goodRun();
    run.accepted.pop();
    expect(verdictText(verdictOf(run))).toBe('accepted 2, lost 0, doubled 0, out of order 0');
  });

  it.each<[string, (run: Run) => void, string, string]>([
    ['an accepted order is not in the table', (run) => run.stored.splice(1, 1), 'lost 1', 'B: not in the table'],
    [
      'an accepted change is not in the history',
      (run) => run.changes.push({ orderId: 'B', commandId: 'gone', event: 'cancelled' }),
      'lost 1',
      'B: accepted cancelled, command gone, is not in its history',
    ],
    [
      'an event is missing in one queue',
      (run) => run.received.fulfillment.set('A', received([1, 3])),
      'lost 1',
      'A: fulfillment has no event of version 2',
    ],
    [
      'a queue received nothing of an order',
      (run) => run.received.accounting.delete('C'),
      'lost 1',
      'C: accounting has no event of version 1',
    ],
    [
      'the event of an order without a 202 is missing',
      (run) => run.stored.push(stored('D')),
      'lost 1',
      'D: inventory has no event of version 1',
    ],
    [
      'a service received an event and did not apply it',
      (run) => run.received.inventory.set('B', received([1], [])),
      'lost 1',
      'B: inventory has no event of version 1',
    ],
    [
      'a malformed message is nowhere',
      (run) => run.poison.push('m-2'),
      'lost 1',
      'm-2: a malformed message that is not in orders-dlq',
    ],
    [
      'a good message was dead-lettered',
      (run) => run.deadLettered.push({ messageId: 'm-9', reason: 'POISON' }),
      'lost 1',
      'm-9: in orders-dlq for POISON, and was not malformed',
    ],
    [
      'the relay quarantined a record',
      (run) => (run.leftOver['stream-relay-dlq.fifo'] = 2),
      'lost 1',
      'stream-relay-dlq.fifo: 2 messages in a queue that should be empty',
    ],
    [
      'an order is in the table twice under one id',
      (run) => run.stored.push(stored('C')),
      'doubled 1',
      'C: 2 items have this order id',
    ],
    [
      'one order of a client became two',
      (run) => {
        run.stored.push({ ...stored('D'), reference: 'pay-C' });
        for (const name of eventConsumerNames) run.received[name].set('D', received([1]));
      },
      'doubled 1',
      'C: pay-C became the orders C, D',
    ],
    [
      'a key was answered with two ids',
      (run) => run.renamed.push('B'),
      'doubled 1',
      'B: its Idempotency-Key was answered with two order ids',
    ],
    [
      'a command was carried out twice',
      (run) =>
        (run.stored[0] = {
          ...stored('A', 3),
          history: stored('A', 3).history.map((e) => ({ ...e, commandId: 'A-shipped' })),
        }),
      'doubled 1',
      'A: a command is in its history twice',
    ],
    [
      'a service applied a version twice',
      (run) => run.received.inventory.set('B', received([1, 1], [1, 1])),
      'doubled 1',
      'B: inventory applied its versions 1, 1',
    ],
    [
      'a later version was delivered first',
      (run) => run.received.inventory.set('A', received([1, 3, 2], [1, 2, 3])),
      'out of order 1',
      'A: inventory first received its versions in the order 1, 3, 2',
    ],
    [
      'a history lacks a version',
      (run) => (run.stored[1] = { ...stored('B'), version: 2 }),
      'out of order 1',
      'B: its history does not have the versions 1 to 2',
    ],
  ])('reports that %s', (_what, forge, count, line) => {
    const run = goodRun();
    forge(run);
    const verdict = verdictOf(run);
    expect(verdictText(verdict)).toContain(count);
    expect(violationLines(verdict.violations, run).join('\n')).toContain(line);
  });

  it('counts an order once, even if several events are missing', () => {
    const run = goodRun();
    for (const name of eventConsumerNames) run.received[name].delete('A');
    expect(verdictText(verdictOf(run))).toBe('accepted 3, lost 1, doubled 0, out of order 0');
  });

  it('prints a violation with the history of its order at client, table and queues', () => {
    const run = goodRun();
    run.received.accounting.set('A', received([1, 1, 2]));
    expect(violationLines(verdictOf(run).violations, run)).toEqual([
      'lost: A: accounting has no event of version 3',
      '    client: 0.1 s 503',
      '    client: 0.9 s 202',
      '    asked for: shipped, command A-shipped',
      '    table: 1 confirmed at 2030-01-01T00:00:00.000Z',
      '    table: 2 fulfillment_started at 2030-01-01T00:00:01.000Z',
      '    table: 3 shipped at 2030-01-01T00:00:02.000Z',
      ...eventConsumerNames.map((name) => `    ${name}: delivered ${name === 'accounting' ? '1, 1, 2' : '1, 2, 2, 3'}`),
    ]);
  });
});

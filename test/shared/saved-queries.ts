import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import { logQueries } from '../../infra/lib/observability/query-texts.ts';
import { fieldsOf, wordsOf } from '../harness/log-query.ts';
import type { Pipeline } from '../harness/pipeline.ts';

/** The services log an order, two cancellations and a dead-lettered message: all that the queries read, except quarantined records. */
export function savedQueryTests(running: () => Pipeline): void {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = running();
    const customer = await pipeline.token('cust-1');
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    await pipeline.decided(customer, orderId);
    await pipeline.deadLettered(await pipeline.sendToOrdersQueue('<order/>'));
    await pipeline.suspend('worker');
    await Promise.all([1, 2].map(() => pipeline.change(customer, orderId, 'cancellation')));
    await pipeline.resume('worker');
    for (const event of ['command_refused', 'event_relayed', 'message_dead_lettered'])
      await pipeline.logs.find(event, (line) => line.event === event);
  });

  it.each(logQueries)('read fields that the services log: $name', ({ text }) => {
    const logged = new Set(pipeline.logs.lines.flatMap(Object.keys));
    expect(fieldsOf(text).filter((field) => !logged.has(field))).toEqual([]);
  });

  it('read events that the services log', () => {
    // The relay quarantines nothing here (see `poison-record.ts`), and dead-lettering does not fail.
    const unseen = ['message_dead_letter_failed', 'quarantine_full', 'record_quarantined'];
    const logged = pipeline.logs.lines.map(({ event }) => event);
    const named = logQueries.flatMap(({ text }) => wordsOf(text)).filter((word) => /^[a-z]+(_[a-z]+)+$/.test(word));
    expect(named).toContain('event_relayed');
    expect(named.filter((event) => !logged.includes(event) && !unseen.includes(event))).toEqual([]);
  });

  it('are recognised when they read a field that no service logs', () => {
    expect(fieldsOf('filter orderID = "x" | stats count(*) as orders by orderId')).toEqual(['orderID', 'orderId']);
  });
}

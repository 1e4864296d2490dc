import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import { logQueries } from '../../infra/lib/observability/query-texts.ts';
import { fieldsOf, wordsOf } from '../harness/log-query.ts';
import type { Pipeline } from '../harness/pipeline.ts';

/** An order, one that is cancelled twice, and a message that is dead-lettered: all that the queries ask for, but quarantined records. */
export function savedQueryTests(running: () => Pipeline): void {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = running();
    const customer = await pipeline.token('cust-1');
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    await pipeline.decided(customer, orderId);
    await pipeline.parked(await pipeline.sendToOrdersQueue('<order/>'));
    await pipeline.suspend('worker');
    await Promise.all([1, 2].map(() => pipeline.change(customer, orderId, 'cancellation')));
    await pipeline.resume('worker');
    for (const event of ['command_refused', 'event_relayed', 'message_dead_lettered'])
      await pipeline.logs.find(event, (line) => line.event === event);
  });

  it.each(logQueries)('ask for fields that the services log: $name', ({ text }) => {
    const logged = new Set(pipeline.logs.lines.flatMap(Object.keys));
    expect(fieldsOf(text).filter((field) => !logged.has(field))).toEqual([]);
  });

  it('ask for events that the services log', () => {
    // The relay quarantines nothing here (`poison-record.e2e-spec.ts`), and moving to the dead-letter queue does not fail.
    const unseen = ['message_dead_letter_failed', 'quarantine_full', 'record_quarantined'];
    const logged = pipeline.logs.lines.map(({ event }) => event);
    const asked = logQueries.flatMap(({ text }) => wordsOf(text)).filter((word) => /^[a-z]+(_[a-z]+)+$/.test(word));
    expect(asked).toContain('event_relayed');
    expect(asked.filter((event) => !logged.includes(event) && !unseen.includes(event))).toEqual([]);
  });

  it('are seen to ask for what is not there', () => {
    expect(fieldsOf('filter orderID = "x" | stats count(*) as orders by orderId')).toEqual(['orderID', 'orderId']);
  });
}

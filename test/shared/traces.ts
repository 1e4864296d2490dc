import { randomUUID } from 'node:crypto';
import { aFreshOrder } from '#libs/orders';
import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import type { Pipeline } from '../harness/pipeline.ts';
import type { CollectedSpan, OtlpCollector } from '../harness/otlp-collector.ts';

const CALLERS_SPAN = 'b7ad6b7169203331';

/** @param receiving The collector of the pipeline's traces and metrics */
export function traceTests(running: () => Pipeline, receiving: () => OtlpCollector): void {
  let collector: OtlpCollector;
  let pipeline: Pipeline;
  let token: string;

  beforeAll(async () => {
    [pipeline, collector] = [running(), receiving()];
    token = await pipeline.token('cust-1');
  });

  afterEach(() => {
    collector.answers = true;
  });

  /** Waits for a span of a trace by service, kind and attributes. */
  function spanOf(traceId: string, service: string, kind: string, more: Record<string, string> = {}) {
    const matches = ({ attributes, ...span }: CollectedSpan) =>
      span.traceId === traceId &&
      span.service === service &&
      span.kind === kind &&
      Object.entries(more).every(([name, value]) => attributes[name] === value);
    return collector.find(`${kind} of ${service}`, matches);
  }

  async function placeInTrace(): Promise<{ traceId: string; orderId: string }> {
    const traceId = randomUUID().replaceAll('-', '');
    const traceparent = `00-${traceId}-${CALLERS_SPAN}-01`;
    const { body } = await pipeline.place(token, anOrderRequest(), randomUUID(), { traceparent });
    return { traceId, orderId: body['orderId'] as string };
  }

  it('show an order from the caller through api, queue, worker and relay to the event, each span a child of the previous one', async () => {
    const { traceId, orderId } = await placeInTrace();
    const request = await spanOf(traceId, 'api', 'server');
    const send = await spanOf(traceId, 'api', 'producer');
    const handling = await spanOf(traceId, 'worker', 'consumer');
    const relaying = await spanOf(traceId, 'stream-relay', 'producer');
    const parents = [request, send, handling, relaying].map(({ parentSpanId }) => parentSpanId);
    expect(parents).toEqual([CALLERS_SPAN, request.spanId, send.spanId, handling.spanId]);
    const [event] = await pipeline.inboxes.inventory.waitForEvents(orderId);
    expect(event?.traceparent).toBe(`00-${traceId}-${relaying.spanId}-01`);

    expect(request).toMatchObject({
      name: 'POST /v1/orders',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/orders',
        'http.response.status_code': 202,
        'order.id': orderId,
      },
    });
    expect(send).toMatchObject({
      name: 'send orders',
      attributes: { 'messaging.system': 'aws_sqs', 'messaging.destination.name': 'orders', 'order.id': orderId },
    });
    expect(handling).toMatchObject({
      name: 'process orders',
      attributes: { 'order.command': 'order.place.v1', 'order.id': orderId, 'order.outcome': 'order_persisted' },
    });
    expect(relaying).toMatchObject({
      name: 'send order-events.fifo',
      attributes: { 'messaging.system': 'aws.sns', 'order.id': orderId, 'order.event': 'confirmed' },
    });
    expect([request, send, handling, relaying].map(({ failed }) => failed)).toEqual([false, false, false, false]);
  });

  it('show the log lines of an order under the same trace id', async () => {
    const { traceId, orderId } = await placeInTrace();
    await spanOf(traceId, 'stream-relay', 'producer');
    const ofOrder = pipeline.logs.lines.filter((line) => line.orderId === orderId);
    expect(ofOrder.map(({ service }) => service)).toEqual(
      expect.arrayContaining(['api', 'worker', 'stream-relay'] as string[]),
    );
    expect(new Set(ofOrder.map((line) => line.traceId))).toEqual(new Set([traceId]));
  });

  it('show a later change of the order in the trace of its own request', async () => {
    const { orderId } = await placeInTrace();
    await pipeline.decided(token, orderId);
    await pipeline.changed(token, orderId, 'cancellation');
    const request = await collector.find('cancellation', ({ name }) => name.endsWith('/cancellation'));
    const handling = await spanOf(request.traceId, 'worker', 'consumer', { 'order.id': orderId });
    const relaying = await spanOf(request.traceId, 'stream-relay', 'producer', { 'order.id': orderId });
    expect(request.parentSpanId).toBeUndefined();
    expect(handling.attributes).toMatchObject({ 'order.command': 'order.change.v1', 'order.outcome': 'order_changed' });
    expect(relaying).toMatchObject({ parentSpanId: handling.spanId, attributes: { 'order.event': 'cancelled' } });
  });

  it('show a failed command and the outcome of its message', async () => {
    await pipeline.deadLettered(await pipeline.sendToOrdersQueue('{"type":"order.place.v1"}'));
    const handling = await collector.find(
      'failure',
      ({ attributes }) => attributes['order.outcome'] === 'message_dead_lettered',
    );
    expect(handling).toMatchObject({ service: 'worker', failed: true, attributes: { 'error.type': 'OrderError' } });
  });

  it('arrive with the metrics of all services', async () => {
    await placeInTrace();
    const exported = await Promise.all([
      collector.metric('api', 'OrdersAccepted'),
      collector.metric('api', 'EnqueueLatency'),
      collector.metric('worker', 'OrdersPersisted'),
      collector.metric('stream-relay', 'RecordsRelayed'),
    ]);
    expect(exported.map(({ values }) => values.length)).toEqual([1, 3, 1, 1]);
  });

  it('have no personal data, and no health checks', () => {
    expect(collector.bodies.join('\n')).not.toMatch(/Ada Byron|Main St|pi_3Nx|Bearer|eyJ|cust-1|health/);
  });

  it('delay no request while the collector does not answer', async () => {
    collector.answers = false;
    await pipeline.accepted(token, aFreshOrder());
    const unanswered = await collector.unansweredExport('api');
    await Promise.all(Array.from({ length: 20 }, () => pipeline.accepted(token, aFreshOrder())));
    expect(unanswered.isOpen).toBe(true);
  });

  it('delay a stop by at most 2 s while the collector does not answer', async () => {
    collector.answers = false;
    await pipeline.accepted(token, aFreshOrder());
    const from = pipeline.logs.lines.length;
    await pipeline.signal('api', 'SIGTERM');
    const lines = pipeline.logs.lines.slice(from).filter(({ service }) => service === 'api');
    const [stoppingMs = 0, stoppedMs = 0] = ['service_stopping', 'service_stopped'].map((name) =>
      Date.parse(lines.find(({ event }) => event === name)?.['time'] as string),
    );
    process.stdout.write(`traces: the api stopped within ${stoppedMs - stoppingMs} ms without a collector\n`);
    // A busy machine takes longer than the 2 s, but stays far below the 25 s after which a service gives up its stop.
    expect(stoppedMs - stoppingMs).toBeLessThan(10_000);
  });
}

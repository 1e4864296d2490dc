import { cloudResources, eventConsumers, ordersQueue } from './index.ts';

describe('cloudResources', () => {
  it('names every queue, each dead-letter queue before the queue that needs it', () => {
    expect(cloudResources.queues.map(({ name }) => name)).toEqual([
      'orders-dlq',
      'orders',
      'stream-relay-dlq.fifo',
      'inventory-dlq.fifo',
      'inventory.fifo',
      'fulfillment-dlq.fifo',
      'fulfillment.fifo',
      'accounting-dlq.fifo',
      'accounting.fifo',
    ]);
  });

  it('gives a queue and its dead-letter queue the same kind, as SQS demands', () => {
    for (const queue of [ordersQueue, ...eventConsumers.map((consumer) => consumer.queue)]) {
      expect(queue.redrive?.queue.fifo).toBe(queue.fifo);
      expect(queue.name.endsWith('.fifo')).toBe(queue.fifo);
    }
  });
});

import { cloudResources, eventConsumers, ordersQueue, relayDeadLetterQueue } from './index.ts';

const { queues } = cloudResources;
const readQueues = [ordersQueue, ...eventConsumers.map(({ queue }) => queue)];

describe('cloudResources', () => {
  it('has every queue once, each dead-letter queue before the queue that needs it', () => {
    expect(queues).toEqual(expect.arrayContaining([...readQueues, relayDeadLetterQueue]));
    expect(new Set(queues.map(({ name }) => name)).size).toBe(queues.length);
    for (const { name, redrive } of readQueues) {
      const names = queues.map((queue) => queue.name);
      expect(names.indexOf(redrive?.queue.name ?? '')).toBeGreaterThanOrEqual(0);
      expect(names.indexOf(redrive?.queue.name ?? '')).toBeLessThan(names.indexOf(name));
    }
  });

  it('gives a queue and its dead-letter queue the same kind, as SQS demands', () => {
    for (const queue of readQueues) {
      expect(queue.redrive?.queue.fifo).toBe(queue.fifo);
      expect(queue.name.endsWith('.fifo')).toBe(queue.fifo);
    }
  });
});

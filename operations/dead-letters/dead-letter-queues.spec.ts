import { readFileSync } from 'node:fs';
import { cloudResources } from '#libs/resources';
import { deadLetterQueues } from './dead-letter-queues.ts';

describe('the dead-letter queues', () => {
  it('are all that there are, each with the queue that it is of', () => {
    const { queues } = cloudResources;
    expect(deadLetterQueues.map(({ name }) => name)).toEqual(
      queues.map(({ name }) => name).filter((name) => /-dlq(\.fifo)?$/.test(name)),
    );
    for (const { name, source, fifo } of deadLetterQueues) {
      expect(queues.find((queue) => queue.redrive?.queue.name === name)?.name).toBe(source);
      expect(queues.find((queue) => queue.name === name)?.fifo).toBe(fifo);
    }
  });

  it('have reasons of which the runbook tells what they mean', () => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    for (const { reasons } of deadLetterQueues)
      for (const reason of reasons) expect(runbook).toContain(`\`${reason}\``);
  });
});

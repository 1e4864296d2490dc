import { readFileSync } from 'node:fs';
import { cloudResources } from '#libs/resources';
import { deadLetterQueues, readArguments, usage } from './arguments.ts';

const ORDER = 'ABCDEFGHJKMNPQRS0123456789';

describe('the arguments of npm run dlq', () => {
  it('mean the overview when there are none', () => {
    expect(readArguments([])).toMatchObject({ command: 'overview', queue: undefined, filter: {} });
    expect(readArguments([]).json).toBeFalsy();
  });

  it('name a queue in full or without its ending', () => {
    for (const { name } of deadLetterQueues) {
      expect(readArguments(['list', name]).queue?.name).toBe(name);
      expect(readArguments(['list', name.replace(/-dlq(\.fifo)?$/, '')]).queue?.name).toBe(name);
    }
  });

  it('select by reason, order and message, at a bounded rate', () => {
    const typed = [
      'redrive',
      'orders',
      '--reason',
      'POISON',
      '--order',
      ORDER,
      '--message',
      '3FADAA64',
      '--why',
      'fixed',
    ];
    expect(readArguments(typed)).toMatchObject({
      command: 'redrive',
      filter: { code: 'POISON', order: ORDER, messages: ['3fadaa64'] },
      rate: 50,
      dryRun: false,
      why: 'fixed',
    });
  });

  it.each([
    [['lst'], 'there is no command lst: type one of overview, list, show, redrive, discard, unpark, log'],
    [['list'], 'which queue? Type one of orders-dlq, stream-relay-dlq.fifo, inventory-dlq.fifo'],
    [['list', 'shipping'], 'there is no dead-letter queue shipping. Type one of orders-dlq'],
    [['list', 'orders', 'inventory'], 'inventory is one too many for list'],
    [['list', 'orders', '--reason', 'POISONED'], 'there is no reason POISONED: type one of MALFORMED_COMMAND'],
    [['list', 'orders', '--dry-run'], '--dry-run is for redrive, discard, not for list'],
    [['list', 'orders', '--order', 'A'], 'an order id has 26 capital letters and digits'],
    [['list', 'orders', '--limit', '0'], '--limit must be a whole number from 1 to 10000, got 0'],
    [['show', 'orders'], 'got nothing: type one that npm run dlq -- list prints'],
    [['show', 'orders', 'x'], 'a message id is a UUID, its first 8 digits are enough, got x'],
    [['redrive', 'orders'], 'redrive which messages? Type --all, --reason R, --order ID or --message ID'],
    [['redrive', 'orders', '--all', '--reason', 'POISON'], '--all and a selection exclude each other'],
    [['redrive', 'orders', '--all', '--rate', '5000'], '--rate must be a whole number from 1 to 1000, got 5000'],
    [['discard', 'orders', '--all', '--why', 'w'], 'type --into FILE'],
    [['unpark'], 'an order id has 26 capital letters and digits, its key the first 16, got nothing'],
    [['list', 'orders', '--speed', '1'], "Unknown option '--speed'"],
  ])('cause an error that says what to type instead of %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });

  it('are listed in the usage, with every queue', () => {
    for (const { name } of deadLetterQueues) expect(usage).toContain(name);
  });
});

describe('the dead-letter queues', () => {
  it('are all those of the resources, each with its source', () => {
    const { queues } = cloudResources;
    expect(deadLetterQueues.map(({ name }) => name)).toEqual(
      queues.map(({ name }) => name).filter((name) => /-dlq(\.fifo)?$/.test(name)),
    );
    for (const { name, source, fifo } of deadLetterQueues) {
      expect(queues.find((queue) => queue.redrive?.queue.name === name)?.name).toBe(source);
      expect(queues.find((queue) => queue.name === name)?.fifo).toBe(fifo);
    }
  });

  it('have reasons that the runbook explains', () => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    for (const { codes } of deadLetterQueues) for (const code of codes) expect(runbook).toContain(`\`${code}\``);
  });
});

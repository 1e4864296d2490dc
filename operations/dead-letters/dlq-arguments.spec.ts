import { deadLetterQueues } from './dead-letter-queues.ts';
import { readArguments, usage } from './dlq-arguments.ts';

const ORDER = 'ABCDEFGHJKMNPQRS0123456789';

describe('the arguments of npm run dlq', () => {
  it('ask for an overview when there are none', () => {
    expect(readArguments([])).toMatchObject({ command: 'overview', json: false, filter: {} });
  });

  it('know a queue by its name and by what of it tells it apart', () => {
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
      'mended',
    ];
    expect(readArguments(typed)).toMatchObject({
      command: 'redrive',
      filter: { reason: 'POISON', order: ORDER, messages: ['3fadaa64'] },
      rate: 50,
      dryRun: false,
      why: 'mended',
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
    [['show', 'orders'], 'which message? Type an id that npm run dlq -- list orders-dlq prints'],
    [['show', 'orders', 'x'], 'a message id is a UUID, of which the first 8 digits will do, got x'],
    [['redrive', 'orders'], 'redrive which messages? Type --all, --reason R, --order ID or --message ID'],
    [['redrive', 'orders', '--all', '--reason', 'POISON'], '--all and a selection exclude each other'],
    [['redrive', 'orders', '--all', '--rate', '5000'], '--rate must be a whole number from 1 to 1000, got 5000'],
    [['discard', 'orders', '--all', '--why', 'w'], 'type --into FILE'],
    [['unpark'], 'an order id has 26 capital letters and digits, its key the first 16, got nothing'],
    [['list', 'orders', '--speed', '1'], "Unknown option '--speed'"],
  ])('say what to type instead of %j', (args, fault) => {
    expect(() => readArguments(args)).toThrow(fault);
  });

  it('tell what there is to type', () => {
    for (const { name } of deadLetterQueues) expect(usage).toContain(name);
  });
});

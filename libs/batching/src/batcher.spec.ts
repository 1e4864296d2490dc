import { Batcher, type BatcherOptions } from './batcher.ts';

/** Calls that the test itself answers. */
function manualCalls() {
  const calls: {
    items: readonly string[];
    answer: (outcomes?: PromiseSettledResult<string>[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const send: BatcherOptions<string, string>['send'] = (items) =>
    new Promise((resolve, reject) => {
      const succeed = items.map((item) => ({ status: 'fulfilled' as const, value: item.toUpperCase() }));
      calls.push({ items, answer: (outcomes = succeed) => resolve(outcomes), fail: reject });
    });
  return { calls, send };
}

const bounds = { maxItems: 3, maxInFlight: 1, maxPending: 100 };
const sent = (calls: { items: readonly string[] }[]) => calls.map(({ items }) => items);

describe('Batcher', () => {
  it('sends a lone item at once', () => {
    const { calls, send } = manualCalls();
    void new Batcher({ ...bounds, send }).add('a');
    expect(sent(calls)).toEqual([['a']]);
  });

  it('gathers items that come while a call is in flight, and sends them when the call ends', async () => {
    const { calls, send } = manualCalls();
    const batcher = new Batcher({ ...bounds, send });
    const results = ['a', 'b', 'c', 'd', 'e'].map((item) => batcher.add(item));
    expect(sent(calls)).toEqual([['a']]);
    calls[0]?.answer();
    await expect(results[0]).resolves.toBe('A');
    expect(sent(calls)).toEqual([['a'], ['b', 'c', 'd']]);
    calls[1]?.answer();
    await results[1];
    calls[2]?.answer();
    await expect(Promise.all(results)).resolves.toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('opens another call for a full batch, never more than maxInFlight', () => {
    const { calls, send } = manualCalls();
    const batcher = new Batcher({ ...bounds, maxInFlight: 2, send });
    for (const item of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) void batcher.add(item);
    expect(sent(calls)).toEqual([['a'], ['b', 'c', 'd']]);
    expect(batcher.pendingCount).toBe(4);
  });

  it('starts a call that is not full beside one that hangs', async () => {
    const { calls, send } = manualCalls();
    const started = Promise.withResolvers<void>();
    const sendNoting: typeof send = (items) => {
      if (items.includes('b')) started.resolve();
      return send(items);
    };
    const batcher = new Batcher({ ...bounds, maxInFlight: 2, maxGatherMs: 1, send: sendNoting });
    void batcher.add('hangs');
    const second = batcher.add('b');
    await started.promise;
    calls[1]?.answer();
    await expect(second).resolves.toBe('B');
  });

  it('closes a call before it exceeds maxBytes and sends a larger item in a call of its own', async () => {
    const { calls, send } = manualCalls();
    const batcher = new Batcher({ ...bounds, maxBytes: 5, sizeOf: (item) => item.length, send });
    const results = ['a', 'bbb', 'cc', 'ddddddddd', 'e'].map((item) => batcher.add(item));
    for (let call = 0; call < results.length; call += 1) {
      calls[call]?.answer();
      await results[call];
      if (call === 3) break;
    }
    calls.at(-1)?.answer();
    await Promise.all(results);
    expect(sent(calls)).toEqual([['a'], ['bbb', 'cc'], ['ddddddddd'], ['e']]);
  });

  it('never has two items of one key in flight, and keeps their order', async () => {
    const { calls, send } = manualCalls();
    const batcher = new Batcher({ ...bounds, maxInFlight: 3, maxItems: 2, keyOf: (item) => item.charAt(0), send });
    const results = ['x1', 'x2', 'y1', 'x3', 'z1'].map((item) => batcher.add(item));
    expect(sent(calls)).toEqual([['x1'], ['y1'], ['z1']]);
    calls[0]?.answer();
    await results[0];
    calls[1]?.answer();
    calls[2]?.answer();
    await results[4];
    expect(sent(calls).slice(3)).toEqual([['x2']]);
    calls[3]?.answer();
    await results[1];
    expect(sent(calls).slice(4)).toEqual([['x3']]);
  });

  it('gives each item its own outcome', async () => {
    const { calls, send } = manualCalls();
    const batcher = new Batcher({ ...bounds, send });
    const results = Promise.allSettled(['a', 'b', 'c'].map((item) => batcher.add(item)));
    calls[0]?.fail(new Error('down'));
    await new Promise(setImmediate);
    calls[1]?.answer([
      { status: 'rejected', reason: new Error('refused') },
      { status: 'fulfilled', value: 'C' },
    ]);
    expect(await results).toMatchObject([
      { status: 'rejected', reason: { message: 'down' } },
      { status: 'rejected', reason: { message: 'refused' } },
      { status: 'fulfilled', value: 'C' },
    ]);
  });

  it('refuses an item when maxPending items wait', async () => {
    const { send } = manualCalls();
    const batcher = new Batcher({ ...bounds, maxPending: 1, send });
    void batcher.add('a');
    void batcher.add('b');
    await expect(batcher.add('c')).rejects.toMatchObject({ code: 'BATCHER_FULL' });
  });

  it('refuses an item when too many bytes would wait', async () => {
    const { send } = manualCalls();
    const batcher = new Batcher({ ...bounds, maxPendingBytes: 5, sizeOf: (item) => item.length, send });
    void batcher.add('a');
    void batcher.add('bbbb');
    await expect(batcher.add('cc')).rejects.toMatchObject({ code: 'BATCHER_FULL' });
    expect(batcher.pendingCount).toBe(1);
  });

  it('removes an item whose call does not start in time', async () => {
    const { calls, send } = manualCalls();
    const batcher = new Batcher({ ...bounds, maxWaitMs: 5, send });
    const first = batcher.add('a');
    await expect(batcher.add('b')).rejects.toMatchObject({ code: 'BATCHER_TIMEOUT' });
    calls[0]?.answer();
    await first;
    expect(sent(calls)).toEqual([['a']]);
  });

  it('resolves idle() when all work is done', async () => {
    const { calls, send } = manualCalls();
    const batcher = new Batcher({ ...bounds, send });
    let idle = false;
    void batcher.add('a');
    const waiting = batcher.idle().then(() => (idle = true));
    await new Promise(setImmediate);
    expect(idle).toBe(false);
    calls[0]?.answer();
    await waiting;
    expect(batcher.inFlightCount).toBe(0);
  });

  it('fails every item of a call whose outcomes do not match them', async () => {
    const batcher = new Batcher<string, string>({ ...bounds, send: () => Promise.resolve([]) });
    await expect(batcher.add('a')).rejects.toMatchObject({ code: 'BATCHER_MISCOUNT' });
  });

  it.each([
    ['maxItems', 0],
    ['maxInFlight', 1.5],
    ['maxPending', -1],
  ])('refuses %s of %d', (option, value) => {
    const { send } = manualCalls();
    expect(() => new Batcher({ ...bounds, [option]: value, send })).toThrow(
      `${option} must be an integer of at least 1, got ${value}`,
    );
  });
});

import type { AppName } from '../local/apps.ts';
import { Load } from './harness/load.ts';
import { expectNothingLostOrDoubled } from './harness/nothing-lost.ts';
import { Pipeline } from './harness/pipeline.ts';

describe('under fire', () => {
  let pipeline: Pipeline;
  let token: string;

  beforeAll(async () => {
    pipeline = await Pipeline.start({ RELAY_LEASE_SECONDS: '3', UNEXPECTED_RETRY_SECONDS: '1' });
    token = await pipeline.token('cust-1');
  });

  afterAll(() => pipeline.stop());

  it.each<[AppName, NodeJS.Signals]>([
    ['worker', 'SIGKILL'],
    ['stream-relay', 'SIGKILL'],
    ['worker', 'SIGTERM'],
    ['stream-relay', 'SIGTERM'],
  ])(
    'loses and doubles nothing when the %s gets %s in mid-flow',
    async (app, signal) => {
      const load = new Load(pipeline, token, { orders: 300, clients: 10 });
      await load.atLeast(100);
      await pipeline.signal(app, signal);
      await load.finished;
      await expectNothingLostOrDoubled(pipeline, token, load.accepted);
    },
    90_000,
  );

  it('hands over within a moment when the relay gets SIGTERM: the next one needs not wait for the lease', async () => {
    const from = pipeline.logs.lines.length;
    await pipeline.signal('stream-relay', 'SIGTERM');
    const released = await pipeline.logs.find('lease released', ({ event }) => event === 'lease_released', { from });
    const claimed = await pipeline.logs.find('lease claimed', ({ event }) => event === 'lease_claimed', { from });
    const elapsed = Date.parse(claimed['time'] as string) - Date.parse(released['time'] as string);
    expect(elapsed).toBeLessThan(3_000);
  });

  it('finishes and acknowledges what the worker has in hand when it gets SIGTERM', async () => {
    const from = pipeline.logs.lines.length;
    const load = new Load(pipeline, token, { orders: 200, clients: 20 });
    await load.atLeast(50);
    await pipeline.signal('worker', 'SIGTERM');
    await load.finished;
    await expectNothingLostOrDoubled(pipeline, token, load.accepted);
    // A message that was handled and not acknowledged would come back as a duplicate.
    const lines = pipeline.logs.lines.slice(from);
    expect(lines.map(({ event }) => event)).toContain('service_stopped');
    const cameAgain = lines.filter((line) => line.event === 'order_duplicate' && Number(line['receiveCount']) > 1);
    // Those of the worker that was killed before may come just now.
    expect(cameAgain.filter(({ orderId = '' }) => load.accepted.includes(orderId))).toEqual([]);
  });
});

import type { AppName } from '../local/apps.ts';
import { Load } from './harness/load.ts';
import { expectNothingLostOrDuplicated } from './harness/nothing-lost.ts';
import { Pipeline } from './harness/pipeline.ts';

describe('the pipeline under load', () => {
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
  ])('loses and duplicates nothing when the %s gets %s under load', async (app, signal) => {
    const load = new Load(pipeline, token, { orders: 300, clients: 10 });
    await load.atLeast(100);
    await pipeline.signal(app, signal);
    await load.finished;
    await expectNothingLostOrDuplicated(pipeline, token, load.accepted);
  });

  it('releases the lease when the relay gets SIGTERM, so that the next relay does not wait until it expires', async () => {
    const from = pipeline.logs.lines.length;
    await pipeline.signal('stream-relay', 'SIGTERM');
    const released = await pipeline.logs.find('lease released', ({ event }) => event === 'lease_released', { from });
    const claimed = await pipeline.logs.find('lease claimed', ({ event }) => event === 'lease_claimed', {
      from: pipeline.logs.lines.indexOf(released),
    });
    // An expired lease still names its owner, a released one does not.
    expect(claimed).toMatchObject({ shardId: released['shardId'] });
    expect(claimed).not.toHaveProperty('previousOwner');
  });

  it('finishes and acknowledges the messages that are in flight in the worker when it gets SIGTERM', async () => {
    const from = pipeline.logs.lines.length;
    const load = new Load(pipeline, token, { orders: 200, clients: 20 });
    await load.atLeast(50);
    await pipeline.signal('worker', 'SIGTERM');
    await load.finished;
    await expectNothingLostOrDuplicated(pipeline, token, load.accepted);
    // A message that was handled and not acknowledged would come back as a duplicate.
    const lines = pipeline.logs.lines.slice(from);
    expect(lines.map(({ event }) => event)).toContain('service_stopped');
    const cameAgain = lines.filter((line) => line.event === 'order_duplicate' && Number(line['receiveCount']) > 1);
    // Messages of the worker that was killed in an earlier test may come back now.
    expect(cameAgain.filter(({ orderId = '' }) => load.accepted.includes(orderId))).toEqual([]);
  });
});

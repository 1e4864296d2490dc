import type { AppName } from '../local/apps.ts';
import { Load } from './harness/load.ts';
import { expectNothingLostOrDuplicated } from './harness/nothing-lost.ts';
import { Pipeline } from './harness/pipeline.ts';
import { LONG_ROUNDS } from './harness/rounds.ts';

const LOAD = { orders: LONG_ROUNDS ? 300 : 90, clients: 10 };
/** The app gets the signal after this many orders. */
const SIGNAL_AFTER = LOAD.orders / 3;

describe('the pipeline under load', () => {
  let pipeline: Pipeline;
  let token: string;
  let whileWorkerWasKilled: Load;

  beforeAll(async () => {
    pipeline = await Pipeline.start({ RELAY_LEASE_SECONDS: '3', UNEXPECTED_RETRY_SECONDS: '1' });
    token = await pipeline.token('cust-1');
    // The messages of the killed worker come back after 30 s, while other tests run.
    whileWorkerWasKilled = await loadWithSignal('worker', 'SIGKILL');
  });

  afterAll(() => pipeline.stop());

  /** Places orders, and sends an app a signal meanwhile. Resolves when all orders are accepted. */
  async function loadWithSignal(app: AppName, signal: NodeJS.Signals): Promise<Load> {
    const load = new Load(pipeline, token, LOAD);
    await load.atLeast(SIGNAL_AFTER);
    await pipeline.signal(app, signal);
    await load.finished;
    return load;
  }

  it('loses and duplicates nothing when the stream-relay gets SIGKILL under load', async () => {
    const load = await loadWithSignal('stream-relay', 'SIGKILL');
    await expectNothingLostOrDuplicated(pipeline, token, load.accepted);
  });

  it('loses and duplicates nothing when the stream-relay gets SIGTERM under load, and releases its lease', async () => {
    const from = pipeline.logs.lines.length;
    const load = await loadWithSignal('stream-relay', 'SIGTERM');
    await expectNothingLostOrDuplicated(pipeline, token, load.accepted);
    const released = await pipeline.logs.find('lease released', ({ event }) => event === 'lease_released', { from });
    const claimed = await pipeline.logs.find('lease claimed', ({ event }) => event === 'lease_claimed', {
      from: pipeline.logs.lines.indexOf(released),
    });
    // The next relay does not wait until the lease expires: an expired lease still names its owner, a released one does not.
    expect(claimed).toMatchObject({ shardId: released['shardId'] });
    expect(claimed).not.toHaveProperty('previousOwner');
  });

  it('loses and duplicates nothing when the worker gets SIGTERM under load, and acknowledges what is in flight', async () => {
    const from = pipeline.logs.lines.length;
    const load = await loadWithSignal('worker', 'SIGTERM');
    await expectNothingLostOrDuplicated(pipeline, token, load.accepted);
    // A message that was handled and not acknowledged would come back as a duplicate.
    const lines = pipeline.logs.lines.slice(from);
    expect(lines.map(({ event }) => event)).toContain('service_stopped');
    const cameAgain = lines.filter((line) => line.event === 'order_duplicate' && Number(line['receiveCount']) > 1);
    // Messages of the worker that was killed before may come back now.
    expect(cameAgain.filter(({ orderId = '' }) => load.accepted.includes(orderId))).toEqual([]);
  });

  it('loses and duplicates nothing when the worker gets SIGKILL under load', async () => {
    await expectNothingLostOrDuplicated(pipeline, token, whileWorkerWasKilled.accepted);
  });
});

import { eventConsumers } from '#libs/resources';
import { followQueue } from '../../local/aws/queue-reader.ts';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import { evenly, sideBySide } from '../pace.ts';
import { rounded } from '../statistics.ts';
import { latency } from './figures.ts';
import { OrderConnections } from './load/order-connections.ts';
import { MEASURED_ENV } from './measured-service.ts';

export type EndToEndFigures = Awaited<ReturnType<typeof endToEnd>>;

/** Orders in flight: enough that no station is idle, few enough that no order waits long. */
const IN_FLIGHT = 150;
const WARM_UP_ORDERS = 100;

/** Measures the pipeline of `npm start`, on shared cores. An order is done when all subscribers have its event. */
export async function endToEnd(sizes: { orders: number; halfLoadSeconds: number }) {
  const pipeline = await LocalPipeline.start({ env: MEASURED_ENV });
  const arrivals = new Arrivals(pipeline);
  const url = new URL('/v1/orders', pipeline.apiUrl);
  const connections = new OrderConnections(url, [await pipeline.token('cust-1', 'retail')]);
  const placed = async (): Promise<number> => {
    const startedMs = performance.now();
    const { orderId } = JSON.parse(await connections.place()) as { orderId: string };
    await arrivals.of(orderId);
    return performance.now() - startedMs;
  };
  try {
    await sideBySide(IN_FLIGHT, WARM_UP_ORDERS, placed);
    const startedMs = performance.now();
    await sideBySide(IN_FLIGHT, sizes.orders, placed);
    const ordersPerSecond = sizes.orders / ((performance.now() - startedMs) / 1_000);
    const half = ordersPerSecond / 2;
    const tookMs = await evenly(half, Math.round(half * sizes.halfLoadSeconds), placed);
    return {
      ordersPerSecond: Math.round(ordersPerSecond),
      atHalfLoad: { ...latency(tookMs), ordersPerSecond: rounded(half, 0) },
    };
  } finally {
    connections.close();
    arrivals.stop();
    await pipeline.stop();
  }
}

/** Reads the events from the queue of each service. */
class Arrivals {
  private readonly seen = new Map<string, number>();
  private readonly waiting = new Map<string, () => void>();
  private readonly stopping = new AbortController();

  constructor({ clients, aws }: LocalPipeline) {
    const reading = { sqs: clients.sqs, waitSeconds: 5, signal: this.stopping.signal };
    for (const queueUrl of Object.values(aws.resources.consumerQueueUrls)) {
      void followQueue({ ...reading, queueUrl }, ({ Body = '' }) =>
        this.note((JSON.parse(Body) as { subject: string }).subject),
      );
    }
  }

  /** Resolves when all services have received the order's first event. */
  async of(orderId: string): Promise<void> {
    if (this.seen.get(orderId) === eventConsumers.length) return;
    await new Promise<void>((resolve) => this.waiting.set(orderId, resolve));
  }

  stop(): void {
    this.stopping.abort();
  }

  private note(orderId: string): void {
    const seen = (this.seen.get(orderId) ?? 0) + 1;
    this.seen.set(orderId, seen);
    if (seen < eventConsumers.length) return;
    this.waiting.get(orderId)?.();
    this.waiting.delete(orderId);
  }
}

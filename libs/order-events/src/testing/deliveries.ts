import fc from 'fast-check';
import { applyIfNewer, type ConsumerStore } from '../apply-if-newer.ts';

/** A service that notes, in the transaction, each version that it applies. */
export interface NotingService<Transaction> {
  store: ConsumerStore<Transaction>;
  note: (transaction: Transaction, orderId: string, version: number) => void | Promise<void>;
  /** The versions noted for each order, in the order in which they were. */
  noted: () => Promise<Record<string, number[]>>;
}

type Crash = 'before the commit' | 'after the commit';

/** A message and the crashes of those who receive it, after each of which it is received again. */
export interface Delivery {
  orderId: string;
  version: number;
  crashes: Crash[];
}

const ORDERS = 2;
const VERSIONS = 4;
const orderIds = Array.from({ length: ORDERS }, (_, index) => `order-${index}`);
const orderHistory = (orderId: string) =>
  Array.from({ length: VERSIONS }, (_, index) => ({ orderId, version: index + 1 }));
const everyEvent = orderIds.flatMap(orderHistory);

const crashes = fc.array(fc.constantFrom<Crash>('before the commit', 'after the commit'), { maxLength: 2 });

/** Every event at least once, repetitions of any, in any order. */
export const anyDeliveries: fc.Arbitrary<Delivery[]> = fc
  .array(fc.constantFrom(...everyEvent), { maxLength: 8 })
  .chain((repeated) =>
    fc.shuffledSubarray([...everyEvent, ...repeated], { minLength: everyEvent.length + repeated.length }),
  )
  .chain((events) => fc.tuple(...events.map((event) => crashes.map((of) => ({ ...event, crashes: of })))));

/** Every order's events, first deliveries in order, each with its late repetitions. */
export const fifoDeliveries: fc.Arbitrary<{ first: Delivery; repeated: Delivery[] }[][]> = fc.tuple(
  ...orderIds.map((orderId) =>
    fc.tuple(
      ...orderHistory(orderId).map((event) =>
        fc.record({
          first: crashes.map((of) => ({ ...event, crashes: of })),
          repeated: fc.array(
            crashes.map((of) => ({ ...event, crashes: of })),
            { maxLength: 2 },
          ),
        }),
      ),
    ),
  ),
);

/** What is noted when every event is applied once, in order. */
export const ONCE_IN_ORDER = Object.fromEntries(
  orderIds.map((orderId) => [orderId, orderHistory(orderId).map(({ version }) => version)]),
);
export const LAST_VERSION = VERSIONS;

/** Somewhere to give way to the other consumers. */
export type Pause = () => Promise<void>;

/** All at the same time, as by many consumers. */
export async function deliverAll<Transaction>(
  deliveries: readonly Delivery[],
  service: NotingService<Transaction>,
  pause: Pause,
): Promise<void> {
  await Promise.all(deliveries.map((delivery) => receive(delivery, service, pause)));
}

/** Delivers as a FIFO queue: an order's next event follows the success of the previous one; repetitions come at any time. */
export async function deliverInOrder<Transaction>(
  orders: readonly (readonly { first: Delivery; repeated: Delivery[] }[])[],
  service: NotingService<Transaction>,
  pause: Pause,
): Promise<void> {
  const deliverOrder = async (events: (typeof orders)[number]): Promise<void> => {
    const late: Promise<void>[] = [];
    for (const { first, repeated } of events) {
      await receive(first, service, pause);
      late.push(deliverAll(repeated, service, pause));
    }
    await Promise.all(late);
  };
  await Promise.all(orders.map(deliverOrder));
}

/** Attempts until one comes through. */
async function receive<Transaction>(
  delivery: Delivery,
  { store, note }: NotingService<Transaction>,
  pause: Pause,
): Promise<void> {
  const { orderId, version } = delivery;
  const planned = [...delivery.crashes];
  for (;;) {
    const crash = planned.shift();
    try {
      await pause();
      await applyIfNewer(delivery, store, async (transaction) => {
        await note(transaction, orderId, version);
        await pause();
        if (crash === 'before the commit') throw new Error('crashed');
      });
      if (crash === undefined) return;
    } catch {
      // Not deleted: the queue delivers it again.
    }
  }
}

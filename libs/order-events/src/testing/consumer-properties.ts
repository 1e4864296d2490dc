import fc from 'fast-check';
import { applyIfNewer, type ConsumerStore } from '../apply-if-newer.ts';

/** A service that notes, in the transaction, each version that it applies. */
export interface NotingService<Transaction> {
  store: ConsumerStore<Transaction>;
  note: (transaction: Transaction, orderId: string, version: number) => void | Promise<void>;
  /** The versions noted for each order, in the order in which they were noted. */
  noted: () => Promise<Record<string, number[]>>;
}

type Crash = 'before the commit' | 'after the commit';

/** A message, and the crashes of the consumers that receive it. After each crash it is received again. */
interface Delivery {
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

/** Delivers every event at least once, with repetitions, in any order. */
const anyDeliveries: fc.Arbitrary<Delivery[]> = fc
  .array(fc.constantFrom(...everyEvent), { maxLength: 8 })
  .chain((repeated) =>
    fc.shuffledSubarray([...everyEvent, ...repeated], { minLength: everyEvent.length + repeated.length }),
  )
  .chain((events) => fc.tuple(...events.map((event) => crashes.map((of) => ({ ...event, crashes: of })))));

/** Delivers each order's events in order, each followed by its late repetitions. */
const fifoDeliveries: fc.Arbitrary<{ first: Delivery; repeated: Delivery[] }[][]> = fc.tuple(
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

/** The notes of a service that applies every event once, in order. */
const ONCE_IN_ORDER = Object.fromEntries(
  orderIds.map((orderId) => [orderId, orderHistory(orderId).map(({ version }) => version)]),
);

/** Lets the other consumers run. */
type Pause = () => Promise<void>;

/** Delivers all messages at the same time, to many consumers. */
async function deliverAll<Transaction>(
  deliveries: readonly Delivery[],
  service: NotingService<Transaction>,
  pause: Pause,
): Promise<void> {
  await Promise.all(deliveries.map((delivery) => receive(delivery, service, pause)));
}

/** Delivers as a FIFO queue: an order's next event follows the success of the one before; repetitions come at any time. */
async function deliverInOrder<Transaction>(
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

/** Receives the message until an attempt succeeds. */
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
      // The message is not deleted, so the queue delivers it again.
    }
  }
}

type NewService<Transaction> = () => NotingService<Transaction> | Promise<NotingService<Transaction>>;

/** Any interleaving of deliveries, repetitions and crashes leaves each order at its last version, never going back. */
export const endsAtTheLastVersion = <Transaction>(newService: NewService<Transaction>) =>
  fc.asyncProperty(anyDeliveries, fc.scheduler(), async (deliveries, scheduler) => {
    const service = await newService();
    await scheduler.waitFor(deliverAll(deliveries, service, () => scheduler.schedule(Promise.resolve())));
    for (const versions of Object.values(await service.noted())) {
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
      expect(versions.at(-1)).toBe(VERSIONS);
    }
  });

/** Each event is applied once and in order, if first deliveries are in order, as in a FIFO queue. */
export const appliesEachOnceInOrder = <Transaction>(newService: NewService<Transaction>) =>
  fc.asyncProperty(fifoDeliveries, fc.scheduler(), async (deliveries, scheduler) => {
    const service = await newService();
    await scheduler.waitFor(deliverInOrder(deliveries, service, () => scheduler.schedule(Promise.resolve())));
    expect(await service.noted()).toEqual(ONCE_IN_ORDER);
  });
